//! The screen and the hands of a person elsewhere.
