//! See `fuzz_bodies::template`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_bodies::template(data));
