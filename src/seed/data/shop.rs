//! Words of products and companies.

/// What a product is like. With `MATERIALS` and `NOUNS`: 40 × 36 × 60 names that differ.
pub(in crate::seed) const STYLES: &[&str] = &[
    "Classic", "Slim", "Relaxed", "Everyday", "Weekend", "Coastal", "Alpine", "Nordic", "Urban",
    "Vintage", "Modern", "Minimal", "Heritage", "Lightweight", "Heavy", "Soft", "Washed", "Ribbed",
    "Striped", "Checked", "Foldable", "Compact", "Large", "Small", "Round", "Tall", "Low",
    "Reversible", "Padded", "Brushed", "Woven", "Quilted", "Garden", "Travel", "Studio", "Harbour",
    "Meadow", "Winter", "Summer", "Autumn",
];

/// What it is made of.
pub(in crate::seed) const MATERIALS: &[&str] = &[
    "Linen", "Cotton", "Wool", "Merino", "Cashmere", "Silk", "Denim", "Canvas", "Leather", "Suede",
    "Corduroy", "Flannel", "Fleece", "Jersey", "Velvet", "Hemp", "Bamboo", "Oak", "Walnut", "Ash",
    "Pine", "Cork", "Rattan", "Jute", "Steel", "Brass", "Copper", "Enamel", "Ceramic", "Stoneware",
    "Porcelain", "Glass", "Marble", "Concrete", "Felt", "Paper",
];

/// What it is.
pub(in crate::seed) const NOUNS: &[&str] = &[
    "Shirt", "Jacket", "Coat", "Trousers", "Skirt", "Dress", "Cardigan", "Jumper", "Scarf",
    "Beanie", "Gloves", "Socks", "Belt", "Apron", "Robe", "Slippers", "Sandals", "Boots",
    "Backpack", "Tote Bag", "Wallet", "Pouch", "Blanket", "Cushion", "Rug", "Curtain",
    "Tablecloth", "Napkin", "Towel", "Bath Mat", "Lamp", "Lampshade", "Candle Holder", "Vase",
    "Planter", "Bowl", "Plate", "Mug", "Teapot", "Pitcher", "Tray", "Cutting Board", "Bread Bin",
    "Storage Jar", "Basket", "Box", "Shelf", "Stool", "Bench", "Side Table", "Mirror", "Clock",
    "Picture Frame", "Notebook", "Pen Stand", "Coat Hook", "Doormat", "Watering Can", "Bird House",
    "Lantern",
];

/// First words of companies.
pub(in crate::seed) const COMPANY_HEADS: &[&str] = &[
    "Northwind", "Bluebird", "Lindqvist", "Hartmann", "Okafor", "Silverline", "Ridgeway", "Acorn",
    "Larkspur", "Kestrel", "Moreau", "Castellan", "Brightwater", "Ironwood", "Fairbank", "Delacroix",
    "Summit", "Harbor", "Evergreen", "Meridian", "Juniper", "Halcyon", "Pinnacle", "Redfern",
    "Tamarind", "Valdez", "Whitlock", "Yamada", "Zeller", "Quarry",
];

/// Last words of companies.
pub(in crate::seed) const COMPANY_TAILS: &[&str] = &[
    "Ltd", "GmbH", "Inc", "LLC", "& Sons", "Group", "Partners", "Trading", "Logistics", "Foods",
    "Textiles", "Systems", "Works", "Supply", "Studio", "Labs", "Consulting", "Holdings",
];
