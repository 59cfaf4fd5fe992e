//! Every seed of every target, so that neither rots.

use std::path::Path;

#[test]
fn every_seed_goes_through_its_target() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds");
    let mut folders = std::fs::read_dir(&seeds).expect("fuzz/seeds").count();
    for (name, target) in fuzz_bodies::TARGETS {
        let mut count = 0;
        for entry in std::fs::read_dir(seeds.join(name)).expect(name) {
            let data = std::fs::read(entry.expect("an entry").path()).expect("a seed");
            target(&data);
            // Damaged, too: cut short, and with a byte of it flipped.
            for at in (0..data.len()).step_by(data.len() / 40 + 1) {
                target(&data[..at]);
                let mut flipped = data.clone();
                flipped[at] ^= 0x12;
                target(&flipped);
            }
            count += 1;
        }
        assert!(count > 0, "{name} has no seeds");
        folders -= 1;
    }
    assert_eq!(folders, 0, "a folder of seeds without a target");
}
