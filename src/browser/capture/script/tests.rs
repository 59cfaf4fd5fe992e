//! What the page script tells of a person's hands, in a real browser.

mod describing;
mod dragging;
mod effects;
mod elsewhere;
mod harness;
mod keys;
mod passive;
mod pressing;
mod story;
mod typing;
