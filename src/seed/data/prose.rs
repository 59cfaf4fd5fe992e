//! Parts of sentences that people write about things they bought or made. Plain and short, so
//! that text has the lengths and words of real text, and pages that show it look like pages.

/// Starts of sentences.
pub(in crate::seed) const OPENERS: &[&str] = &[
    "", "", "", "", "To be honest, ", "After a few weeks ", "So far ", "As always, ",
    "In the evening ", "For the price, ", "At first ", "Compared with the last one, ",
    "In our house ", "Out of the box ", "Over time ", "Frankly, ",
];

/// Who or what.
pub(in crate::seed) const SUBJECTS: &[&str] = &[
    "the material", "the colour", "the finish", "the whole thing", "the fit", "the size",
    "the packaging", "the handle", "the seam", "the lid", "the surface", "the shape",
    "the first one", "this version", "the team", "delivery", "the older model", "the design",
    "my sister", "our neighbour", "the instruction sheet", "the texture", "the weight",
    "the second order",
];

/// What it does.
pub(in crate::seed) const VERBS: &[&str] = &[
    "feels like", "looks like", "turned out to be", "is", "became", "was", "reminds me of",
    "works as", "arrived as", "stays", "has become", "seems to be", "could be", "makes",
    "goes well with", "replaced", "matches", "survived",
];

/// With what.
pub(in crate::seed) const OBJECTS: &[&str] = &[
    "exactly what we needed", "a good choice for every day", "something that lasts",
    "the best part of the room", "a little smaller than expected", "a gift that people keep",
    "easy to clean", "well made and sturdy", "worth the wait", "a quiet improvement",
    "the one that everybody asks about", "more useful than it looks", "a solid piece of work",
    "the old one in the kitchen", "a long winter", "two moves and a wedding",
    "good enough for the garden", "a calm colour in daylight", "warmer than the pictures",
    "a bit heavy for travel", "simple and honest", "a favourite of the children",
    "the rest of the set", "nothing special, but reliable", "a size larger than usual",
    "the reason we came back",
];

/// Ends of sentences.
pub(in crate::seed) const FILLERS: &[&str] = &[
    "", "", "", "", "", " and it still looks new", " even after many washes",
    ", which surprised us", " although the colour differs a little", " without any fuss",
    ", so I ordered another", " and the price is fair", " for a small flat",
    ", as described", " when the light is low", " and it arrived early",
    ", though the box was damaged", " once you get used to it",
];

/// Single words for titles, tags and labels.
pub(in crate::seed) const WORDS: &[&str] = &[
    "amber", "anchor", "autumn", "basic", "bright", "bridge", "calm", "canvas", "cedar", "clear",
    "coast", "copper", "corner", "daily", "delta", "drift", "early", "ember", "every", "field",
    "fine", "first", "fresh", "garden", "gentle", "gold", "good", "grain", "granite", "great",
    "green", "handy", "harbor", "harvest", "honest", "island", "ivory", "kitchen", "lake", "large",
    "light", "linen", "little", "local", "lucky", "maple", "market", "meadow", "mellow", "mill",
    "modern", "morning", "natural", "neat", "new", "north", "ocean", "open", "orchard", "paper",
    "pebble", "perfect", "plain", "quick", "quiet", "rain", "ready", "river", "round", "sand",
    "sharp", "silver", "simple", "small", "smooth", "solid", "south", "spare", "spring", "square",
    "stone", "strong", "summer", "sunny", "sweet", "tidy", "timber", "travel", "useful", "valley",
    "velvet", "village", "warm", "water", "west", "white", "wide", "wild", "window", "winter",
    "wood", "yellow",
];
