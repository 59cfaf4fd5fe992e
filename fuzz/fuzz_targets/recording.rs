//! See `fuzz_bodies::recording`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_bodies::recording(data));
