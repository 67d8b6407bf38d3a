//! PNG and PDF from the very SVG, so that all three are equal.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, Options, Tree, fontdb};
use svg2pdf::{ConversionOptions, PageOptions};

use super::canvas::{FONT, FigureOrigin, WIDTH_MM};

/// Resolution of PNG files, dots per inch.
pub(crate) const PNG_DPI: f64 = 300.0;
/// Pixels per inch that usvg takes CSS lengths for.
const CSS_DPI: f32 = 96.0;

/// Width of every PNG, pixels.
#[must_use]
pub(crate) fn png_width() -> u32 {
    (WIDTH_MM / 25.4 * PNG_DPI).round() as u32
}

/// Reads an SVG with the built-in font only, never with those of the system.
///
/// # Errors
/// When the SVG is not well formed.
pub(super) fn parse(svg: &str) -> Result<Tree, String> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    let options = Options {
        dpi: CSS_DPI,
        font_family: "Liberation Sans".to_owned(),
        fontdb: Arc::new(fonts),
        text_rendering: usvg::TextRendering::GeometricPrecision,
        ..Options::default()
    };
    Tree::from_str(svg, &options).map_err(|error| error.to_string())
}

/// PNG at [`PNG_DPI`], with that resolution and the origin in the file.
///
/// # Errors
/// When the drawing has no size or cannot be encoded.
pub(super) fn png(tree: &Tree, origin: &FigureOrigin) -> Result<Vec<u8>, String> {
    let scale = png_width() as f32 / tree.size().width();
    let height = (tree.size().height() * scale).round() as u32;
    let mut pixels = Pixmap::new(png_width(), height).ok_or("the figure has no size")?;
    resvg::render(tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    let mut bytes = pixels.encode_png().map_err(|error| error.to_string())?;
    let texts = [
        ("Title", &origin.title),
        ("Description", &origin.description),
        ("Source", &origin.provenance),
    ];
    let texts = texts.map(|(key, text)| chunk(*b"iTXt", &international(key, text)));
    // Behind the header: signature and IHDR.
    let header = bytes.len().min(33);
    bytes.splice(header..header, [resolution(), texts.concat()].concat());
    Ok(bytes)
}

/// A chunk that states the resolution.
fn resolution() -> Vec<u8> {
    let per_metre = ((PNG_DPI / 0.0254).round() as u32).to_be_bytes();
    chunk(*b"pHYs", &[&per_metre[..], &per_metre, &[1]].concat())
}

/// Content of a chunk of text: keyword, not compressed, no language, UTF-8.
fn international(key: &str, text: &str) -> Vec<u8> {
    [key.as_bytes(), &[0; 5], text.as_bytes()].concat()
}

/// Length, kind, content and checksum.
fn chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_be_bytes();
    let checked = [&kind[..], content].concat();
    let check = crc32(&checked).to_be_bytes();
    [&length[..], &checked, &check].concat()
}

/// The checksum of PNG chunks (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

/// PDF with selectable text, a page as large as the figure and the origin in its information.
///
/// # Errors
/// When the drawing cannot be converted.
pub(super) fn pdf(tree: &Tree, origin: &FigureOrigin) -> Result<Vec<u8>, String> {
    let page = PageOptions { dpi: CSS_DPI };
    let bytes = svg2pdf::to_pdf(tree, ConversionOptions::default(), page)
        .map_err(|error| error.to_string())?;
    Ok(with_information(with_sorted_resources(&bytes), origin))
}

/// Sorts the entries of each resource dictionary, which svg2pdf writes in the order of a hash map
/// that differs from run to run. Entries only trade places, so no offset moves.
fn with_sorted_resources(bytes: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    for run in lines.chunk_by_mut(|before, after| is_resource(before) && is_resource(after)) {
        if run.len() > 1 {
            run.sort_unstable();
        }
    }
    lines.join(&b'\n')
}

/// Whether a line is `/name1 23 0 R`: a numbered resource and the object it refers to.
fn is_resource(line: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(line) else { return false };
    let mut words = text.split_ascii_whitespace();
    let numbered =
        |name: &str| name.starts_with('/') && name.ends_with(|c: char| c.is_ascii_digit());
    let number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    words.next().is_some_and(numbered) && words.next().is_some_and(number) && words.eq(["0", "R"])
}

/// Adds entries to the information dictionary. It is the last object before the cross-reference
/// table, so only the table's own offset, which stands at the end of the file, moves.
fn with_information(mut bytes: Vec<u8>, origin: &FigureOrigin) -> Vec<u8> {
    let entries = [
        ("Title", &origin.title),
        ("Subject", &origin.description),
        ("Keywords", &origin.provenance),
    ];
    let entries: String =
        entries.map(|(key, text)| format!("/{key} {}\n", pdf_text(text))).concat();
    let Some(place) = last_position(&bytes, b"/Producer") else { return bytes };
    let Some(start) = last_position(&bytes, b"startxref\n").map(|at| at + 10) else { return bytes };
    let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let offset = String::from_utf8_lossy(&bytes[start..start + digits]).parse::<usize>();
    match offset {
        Ok(offset) if offset > place => {
            let moved = (offset + entries.len()).to_string();
            bytes.splice(start..start + digits, moved.into_bytes());
            bytes.splice(place..place, entries.into_bytes());
            bytes
        }
        _ => bytes,
    }
}

/// A text string of a PDF: UTF-16 in hexadecimal.
fn pdf_text(text: &str) -> String {
    let units: Vec<String> = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    format!("<FEFF{}>", units.concat())
}

fn last_position(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).rposition(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"85mm\" height=\"20mm\" \
        viewBox=\"0 0 850 200\"><text x=\"10\" y=\"100\" font-size=\"60\" \
        font-family=\"Liberation Sans\">φ − ¹²</text></svg>";

    #[test]
    fn the_checksum_agrees_with_the_published_value() {
        assert_eq!(crc32(b"IEND"), 0xAE42_6082);
    }

    #[test]
    fn a_png_is_as_wide_as_the_column_at_300_dots_per_inch() {
        let bytes = png(&parse(SQUARE).unwrap(), &FigureOrigin::default()).unwrap();
        let read = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!((read(16), read(20)), (1004, 236));
        assert_eq!((&bytes[37..41], read(41)), (&b"pHYs"[..], 11811));
    }

    #[test]
    fn a_pdf_says_where_it_comes_from_and_keeps_its_offsets() {
        let origin = FigureOrigin { title: "T (φ)".to_owned(), ..FigureOrigin::default() };
        let bytes = pdf(&parse(SQUARE).unwrap(), &origin).unwrap();
        assert!(last_position(&bytes, b"/Title <FEFF0054").is_some());
        let start = last_position(&bytes, b"startxref\n").unwrap() + 10;
        let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let offset: usize =
            std::str::from_utf8(&bytes[start..start + digits]).unwrap().parse().unwrap();
        assert_eq!(&bytes[offset..offset + 4], b"xref");
    }

    #[test]
    fn a_png_says_where_it_comes_from_and_is_still_a_picture() {
        let origin =
            FigureOrigin { provenance: "data blake3 φ".to_owned(), ..FigureOrigin::default() };
        let bytes = png(&parse(SQUARE).unwrap(), &origin).unwrap();
        assert!(last_position(&bytes, "Source\0\0\0\0\0data blake3 φ".as_bytes()).is_some());
        assert_eq!(Pixmap::decode_png(&bytes).unwrap().width(), 1004);
    }

    #[test]
    fn text_is_drawn_without_any_font_of_the_system() {
        let bytes =
            Pixmap::decode_png(&png(&parse(SQUARE).unwrap(), &FigureOrigin::default()).unwrap())
                .unwrap();
        assert!(bytes.pixels().iter().any(|pixel| pixel.alpha() > 200));
    }
}
