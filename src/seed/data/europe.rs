//! Europe: cities with their postcodes, streets, phone formats; names that `fake` lacks.

use super::locale::{Region, city};

pub(super) static UNITED_KINGDOM: Region = Region {
    country: "United Kingdom",
    country_code: "GB",
    cities: &[
        city("London", "Greater London", "SE1# #@@", 89),
        city("London", "Greater London", "N1 #@@", 60),
        city("Birmingham", "West Midlands", "B1# #@@", 11),
        city("Manchester", "Greater Manchester", "M1# #@@", 6),
        city("Leeds", "West Yorkshire", "LS# #@@", 8),
        city("Glasgow", "Scotland", "G1# #@@", 6),
        city("Sheffield", "South Yorkshire", "S1# #@@", 6),
        city("Bristol", "Bristol", "BS# #@@", 5),
        city("Edinburgh", "Scotland", "EH1# #@@", 5),
        city("Liverpool", "Merseyside", "L1# #@@", 5),
        city("Cardiff", "Wales", "CF1# #@@", 4),
        city("York", "North Yorkshire", "YO1# #@@", 2),
    ],
    streets: &[
        "High Street", "Station Road", "Church Lane", "Victoria Road", "Green Lane", "Mill Lane",
        "Queens Road", "Park Avenue", "Windsor Close", "The Crescent", "Albert Road", "Kings Road",
        "Chapel Street", "Grange Road", "Manor Drive", "Springfield Road",
    ],
    street_format: "{n} {s}",
    // Ofcom keeps 07700 900000 to 900999 for drama.
    phones: &["+44 7700 900###"],
    family_first: false,
};

pub(super) static GERMANY: Region = Region {
    country: "Deutschland",
    country_code: "DE",
    cities: &[
        city("Berlin", "Berlin", "10###", 37),
        city("Berlin", "Berlin", "12###", 20),
        city("Hamburg", "Hamburg", "20###", 19),
        city("München", "Bayern", "80###", 15),
        city("Köln", "Nordrhein-Westfalen", "50###", 11),
        city("Frankfurt am Main", "Hessen", "60###", 8),
        city("Stuttgart", "Baden-Württemberg", "70###", 6),
        city("Düsseldorf", "Nordrhein-Westfalen", "40###", 6),
        city("Leipzig", "Sachsen", "04###", 6),
        city("Bremen", "Bremen", "28###", 6),
        city("Hannover", "Niedersachsen", "30###", 5),
        city("Freiburg im Breisgau", "Baden-Württemberg", "79###", 2),
    ],
    streets: &[
        "Hauptstraße", "Bahnhofstraße", "Gartenstraße", "Schillerstraße", "Goethestraße",
        "Lindenweg", "Bergstraße", "Kirchgasse", "Am Markt", "Rosenweg", "Mozartstraße",
        "Waldstraße", "Schulstraße", "Ringstraße", "Birkenallee", "Amselweg",
    ],
    street_format: "{s} {n}",
    // The Bundesnetzagentur keeps these numbers for films.
    phones: &["+49 30 23125 ###", "+49 89 99998 ###", "+49 40 66969 ###", "+49 171 39200##"],
    family_first: false,
};

pub(super) static FRANCE: Region = Region {
    country: "France",
    country_code: "FR",
    cities: &[
        city("Paris", "Île-de-France", "7500^", 50),
        city("Paris", "Île-de-France", "7501#", 60),
        city("Marseille", "Provence-Alpes-Côte d'Azur", "1300^", 9),
        city("Lyon", "Auvergne-Rhône-Alpes", "6900^", 5),
        city("Toulouse", "Occitanie", "31#00", 5),
        city("Nice", "Provence-Alpes-Côte d'Azur", "06#00", 3),
        city("Nantes", "Pays de la Loire", "44#00", 3),
        city("Strasbourg", "Grand Est", "67#00", 3),
        city("Bordeaux", "Nouvelle-Aquitaine", "33#00", 3),
        city("Lille", "Hauts-de-France", "59#00", 2),
        city("Rennes", "Bretagne", "35#00", 2),
    ],
    streets: &[
        "rue de la République", "rue Victor Hugo", "avenue Jean Jaurès", "rue Pasteur",
        "place de la Mairie", "rue des Lilas", "boulevard Voltaire", "rue du Moulin",
        "rue de l'Église", "allée des Tilleuls", "rue Gambetta", "chemin des Vignes",
        "rue Jules Ferry", "avenue de la Gare",
    ],
    street_format: "{n} {s}",
    // ARCEP keeps these numbers for films.
    phones: &["+33 1 99 00 ## ##", "+33 6 39 98 ## ##", "+33 4 65 71 ## ##"],
    family_first: false,
};

pub(super) static ITALY: Region = Region {
    country: "Italia",
    country_code: "IT",
    cities: &[
        city("Roma", "Lazio", "001##", 28),
        city("Milano", "Lombardia", "201##", 14),
        city("Napoli", "Campania", "801##", 9),
        city("Torino", "Piemonte", "101##", 8),
        city("Palermo", "Sicilia", "901##", 6),
        city("Genova", "Liguria", "161##", 6),
        city("Bologna", "Emilia-Romagna", "401##", 4),
        city("Firenze", "Toscana", "501##", 4),
        city("Bari", "Puglia", "701##", 3),
        city("Verona", "Veneto", "371##", 3),
    ],
    streets: &[
        "Via Roma", "Via Garibaldi", "Corso Italia", "Via Mazzini", "Via Dante", "Viale Europa",
        "Via Verdi", "Piazza del Popolo", "Via Cavour", "Via Marconi", "Via della Libertà",
        "Corso Vittorio Emanuele",
    ],
    street_format: "{s}, {n}",
    phones: &["+39 06 55##9##", "+39 02 55##9##", "+39 320 55##9##"],
    family_first: false,
};

pub(super) static NETHERLANDS: Region = Region {
    country: "Nederland",
    country_code: "NL",
    cities: &[
        city("Amsterdam", "Noord-Holland", "10^# @@", 9),
        city("Rotterdam", "Zuid-Holland", "30^# @@", 7),
        city("Den Haag", "Zuid-Holland", "25^# @@", 6),
        city("Utrecht", "Utrecht", "35^# @@", 4),
        city("Eindhoven", "Noord-Brabant", "56^# @@", 2),
        city("Groningen", "Groningen", "97^# @@", 2),
        city("Tilburg", "Noord-Brabant", "50^# @@", 2),
        city("Nijmegen", "Gelderland", "65^# @@", 2),
        city("Haarlem", "Noord-Holland", "20^# @@", 2),
    ],
    streets: &[
        "Kerkstraat", "Dorpsstraat", "Schoolstraat", "Molenweg", "Julianastraat", "Stationsweg",
        "Beatrixlaan", "Nieuwstraat", "Kastanjelaan", "Prinsengracht", "Wilhelminastraat",
        "Eikenlaan",
    ],
    street_format: "{s} {n}",
    phones: &["+31 6 9710 ####", "+31 20 971 ####"],
    family_first: false,
};

pub(super) static SPAIN: Region = Region {
    country: "España",
    country_code: "ES",
    cities: &[
        city("Madrid", "Comunidad de Madrid", "280##", 33),
        city("Barcelona", "Cataluña", "080##", 16),
        city("Valencia", "Comunidad Valenciana", "460##", 8),
        city("Sevilla", "Andalucía", "410##", 7),
        city("Zaragoza", "Aragón", "500##", 7),
        city("Málaga", "Andalucía", "290##", 6),
        city("Bilbao", "País Vasco", "480##", 4),
        city("Granada", "Andalucía", "180##", 2),
        city("Salamanca", "Castilla y León", "370##", 1),
    ],
    streets: &[
        "Calle Mayor", "Calle Real", "Avenida de la Constitución", "Calle del Carmen",
        "Plaza de España", "Calle San Juan", "Paseo de la Castellana", "Calle Cervantes",
        "Calle de la Luna", "Avenida de Andalucía", "Calle Nueva", "Calle Goya",
    ],
    street_format: "{s}, {n}",
    phones: &["+34 6## 55 ## ##", "+34 91 55# ## ##"],
    family_first: false,
};

pub(super) const SPANISH_FIRST_NAMES: &[&str] = &[
    "Alejandro", "Daniel", "Pablo", "Álvaro", "Javier", "Sergio", "Carlos", "Miguel", "Diego",
    "Jorge", "Rubén", "Iván", "Adrián", "Raúl", "Óscar", "Andrés", "Manuel", "Luis", "Antonio",
    "Jesús", "Lucía", "María", "Paula", "Sofía", "Laura", "Marta", "Carmen", "Elena", "Irene",
    "Sara", "Alba", "Cristina", "Ana", "Nuria", "Raquel", "Silvia", "Beatriz", "Inés", "Julia",
    "Rocío",
];

pub(super) const SPANISH_LAST_NAMES: &[&str] = &[
    "García", "Rodríguez", "González", "Fernández", "López", "Martínez", "Sánchez", "Pérez",
    "Gómez", "Martín", "Jiménez", "Ruiz", "Hernández", "Díaz", "Moreno", "Muñoz", "Álvarez",
    "Romero", "Alonso", "Gutiérrez", "Navarro", "Torres", "Domínguez", "Vázquez", "Ramos", "Gil",
    "Ramírez", "Serrano", "Blanco", "Molina", "Morales", "Suárez", "Ortega", "Delgado", "Castro",
    "Ortiz", "Rubio", "Marín", "Sanz", "Iglesias",
];
