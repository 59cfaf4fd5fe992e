//! Bytes: pictures that every viewer opens, and noise. Each byte is a character from U+0000 to
//! U+00FF in the caller's buffer.

use super::super::draw::Draw;

/// Checksums of all bytes, for PNG's chunks (CRC-32).
static CHECKSUMS: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut sum = index as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = (sum >> 1) ^ (0xEDB8_8320 * (sum & 1));
            bit += 1;
        }
        table[index] = sum;
        index += 1;
    }
    table
};

/// Appends bytes that nothing compresses.
pub(super) fn bytes(length: u64, draw: &mut Draw, out: &mut String) {
    let mut left = length;
    while left > 0 {
        for byte in draw.bits().to_le_bytes().into_iter().take(left as usize) {
            out.push(char::from(byte));
        }
        left = left.saturating_sub(8);
    }
}

/// Writes bytes, and sums them up.
struct Chunk<'a> {
    out: &'a mut String,
    sum: u32,
}

impl<'a> Chunk<'a> {
    /// Starts a chunk of a length and a kind.
    fn start(length: usize, kind: [u8; 4], out: &'a mut String) -> Self {
        out.extend((length as u32).to_be_bytes().map(char::from));
        let mut chunk = Self { out, sum: u32::MAX };
        chunk.push(&kind);
        chunk
    }

    fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.sum = CHECKSUMS[((self.sum ^ u32::from(byte)) & 0xff) as usize] ^ (self.sum >> 8);
            self.out.push(char::from(byte));
        }
    }

    fn end(self) {
        self.out.extend((!self.sum).to_be_bytes().map(char::from));
    }
}

/// Appends a PNG: two colours that flow into each other, with a grain. Its size is about that of
/// its pixels, one byte each.
pub(super) fn picture(width: u32, height: u32, draw: &mut Draw, out: &mut String) {
    const GRAIN: u64 = 12;
    out.extend(b"\x89PNG\r\n\x1a\n".map(char::from));
    let mut header = Chunk::start(13, *b"IHDR", out);
    header.push(&width.to_be_bytes());
    header.push(&height.to_be_bytes());
    // Eight bits a pixel, colours from a table.
    header.push(&[8, 3, 0, 0, 0]);
    header.end();

    let (from, to) = (draw.bits().to_le_bytes(), draw.bits().to_le_bytes());
    let mut colours = Chunk::start(3 * 256, *b"PLTE", out);
    for step in 0..=255_u32 {
        for part in 0..3 {
            let (from, to) = (u32::from(from[part]), u32::from(to[part]));
            colours.push(&[((from * (255 - step) + to * step) / 255) as u8]);
        }
    }
    colours.end();

    // One block per line, stored as it is: a line is shorter than a block may be.
    let line = 1 + width as usize;
    let mut data = Chunk::start(2 + height as usize * (5 + line) + 4, *b"IDAT", out);
    data.push(&[0x78, 0x01]);
    let (mut low, mut high) = (1_u32, 0_u32);
    let slant = draw.unit();
    for y in 0..height {
        let length = line as u16;
        data.push(&[u8::from(y + 1 == height)]);
        data.push(&length.to_le_bytes());
        data.push(&(!length).to_le_bytes());
        let mut push = |byte: u8| {
            low = (low + u32::from(byte)) % 65_521;
            high = (high + low) % 65_521;
            data.push(&[byte]);
        };
        push(0);
        for x in 0..width {
            let along = f64::from(x) / f64::from(width) * slant
                + f64::from(y) / f64::from(height) * (1.0 - slant);
            push((along * 243.0) as u8 + draw.below(GRAIN) as u8);
        }
    }
    data.push(&((high << 16) | low).to_be_bytes());
    data.end();
    Chunk::start(0, *b"IEND", out).end();
}

#[cfg(test)]
mod tests {
    use super::super::super::draw::Key;
    use super::super::super::value::bytes_of;
    use super::*;

    #[test]
    fn pictures_can_be_read() {
        for (row, (width, height)) in [(1, 1), (7, 3), (320, 200), (4096, 2)]
            .into_iter()
            .enumerate()
        {
            let mut out = String::new();
            picture(
                width,
                height,
                &mut Key::of_seed(4).row(row as u64),
                &mut out,
            );
            let file: Vec<u8> = bytes_of(&out).collect();
            let mut reader = png::Decoder::new(std::io::Cursor::new(&file))
                .read_info()
                .expect("a header");
            let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
            let info = reader.next_frame(&mut pixels).expect("pixels");
            assert_eq!((info.width, info.height), (width, height));
        }
    }

    #[test]
    fn bytes_are_as_many_as_asked_for() {
        for length in [0, 1, 8, 9, 1_000] {
            let mut out = String::new();
            bytes(length, &mut Key::of_seed(4).row(0), &mut out);
            assert_eq!(bytes_of(&out).count() as u64, length);
        }
    }
}
