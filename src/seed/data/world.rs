//! Outside of Europe: cities with their postcodes, streets, phone formats.

use super::locale::{Region, city};

pub(super) static UNITED_STATES: Region = Region {
    country: "United States",
    country_code: "US",
    cities: &[
        city("New York", "NY", "100##", 83),
        city("Brooklyn", "NY", "112##", 27),
        city("Los Angeles", "CA", "900##", 39),
        city("Chicago", "IL", "606##", 27),
        city("Houston", "TX", "770##", 23),
        city("Phoenix", "AZ", "850##", 16),
        city("Philadelphia", "PA", "191##", 16),
        city("San Antonio", "TX", "782##", 15),
        city("San Diego", "CA", "921##", 14),
        city("Austin", "TX", "787##", 10),
        city("Columbus", "OH", "432##", 9),
        city("Seattle", "WA", "981##", 7),
        city("Denver", "CO", "802##", 7),
        city("Boston", "MA", "021##", 7),
        city("Portland", "OR", "972##", 6),
        city("Minneapolis", "MN", "554##", 4),
        city("Madison", "WI", "537##", 3),
    ],
    streets: &[
        "Main Street", "Oak Street", "Maple Avenue", "Washington Street", "Park Avenue",
        "Cedar Lane", "Elm Street", "Lake Drive", "Hill Road", "Pine Street", "Sunset Boulevard",
        "2nd Street", "5th Avenue", "Lincoln Way", "River Road", "Willow Court", "Highland Avenue",
        "Church Street",
    ],
    street_format: "{n} {s}",
    // 555-0100 to 555-0199 belong to nobody.
    phones: &["+1 212-555-01##", "+1 312-555-01##", "+1 415-555-01##", "+1 512-555-01##",
        "+1 617-555-01##", "+1 206-555-01##"],
    family_first: false,
};

pub(super) static BRAZIL: Region = Region {
    country: "Brasil",
    country_code: "BR",
    cities: &[
        city("São Paulo", "SP", "01###-###", 60),
        city("São Paulo", "SP", "04###-###", 60),
        city("Rio de Janeiro", "RJ", "22###-###", 67),
        city("Brasília", "DF", "70###-###", 30),
        city("Salvador", "BA", "40###-###", 29),
        city("Fortaleza", "CE", "60###-###", 27),
        city("Belo Horizonte", "MG", "30###-###", 25),
        city("Manaus", "AM", "69###-###", 22),
        city("Curitiba", "PR", "80###-###", 19),
        city("Recife", "PE", "50###-###", 16),
        city("Porto Alegre", "RS", "90###-###", 15),
    ],
    streets: &[
        "Rua São João", "Rua das Flores", "Avenida Brasil", "Rua Sete de Setembro",
        "Rua Quinze de Novembro", "Avenida Getúlio Vargas", "Rua Santos Dumont",
        "Rua Tiradentes", "Rua da Paz", "Avenida Paulista", "Rua Dom Pedro II", "Rua Bahia",
    ],
    street_format: "{s}, {n}",
    phones: &["+55 11 9#### ####", "+55 21 9#### ####", "+55 31 9#### ####", "+55 51 9#### ####"],
    family_first: false,
};

pub(super) static TURKEY: Region = Region {
    country: "Türkiye",
    country_code: "TR",
    cities: &[
        city("İstanbul", "İstanbul", "34###", 155),
        city("Ankara", "Ankara", "06###", 57),
        city("İzmir", "İzmir", "35###", 44),
        city("Bursa", "Bursa", "16###", 32),
        city("Antalya", "Antalya", "07###", 26),
        city("Konya", "Konya", "42###", 23),
        city("Adana", "Adana", "01###", 22),
        city("Gaziantep", "Gaziantep", "27###", 21),
    ],
    streets: &[
        "Atatürk Caddesi", "Cumhuriyet Caddesi", "İnönü Caddesi", "Gül Sokak", "Lale Sokak",
        "Çiçek Sokak", "Menekşe Sokak", "İstiklal Caddesi", "Fatih Sokak", "Okul Sokak",
    ],
    street_format: "{s} No: {n}",
    phones: &["+90 5## 555 ## ##"],
    family_first: false,
};

pub(super) static JAPAN: Region = Region {
    country: "日本",
    country_code: "JP",
    cities: &[
        city("新宿区", "東京都", "160-####", 35),
        city("世田谷区", "東京都", "154-####", 90),
        city("横浜市", "神奈川県", "220-####", 37),
        city("大阪市", "大阪府", "530-####", 27),
        city("名古屋市", "愛知県", "460-####", 23),
        city("札幌市", "北海道", "060-####", 20),
        city("福岡市", "福岡県", "810-####", 16),
        city("京都市", "京都府", "604-####", 14),
        city("仙台市", "宮城県", "980-####", 11),
    ],
    streets: &[
        "本町", "中央", "栄町", "緑町", "旭町", "桜木", "東町", "西町", "南町", "北町", "寿町",
        "泉",
    ],
    street_format: "{s}{n}",
    phones: &["+81 90-####-####", "+81 80-####-####"],
    family_first: true,
};
