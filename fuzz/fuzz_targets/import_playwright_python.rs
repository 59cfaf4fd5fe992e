//! See `fuzz_bodies::import_playwright_python`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_bodies::import_playwright_python(data));
