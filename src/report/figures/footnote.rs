//! What a figure does not show, in small lines below it.

use super::canvas::DrawResult;
use super::canvas::{Area, ipt, pt, text_style};
use super::panel::LINE_PT;

/// Letters that fit the width of a figure, whatever letters they are.
const LETTERS: usize = 58;

/// Room above the lines, points.
const ABOVE_PT: f64 = 3.0;

/// Height of some lines with the room above them, mm.
#[must_use]
pub(crate) fn height_mm(lines: &[String]) -> f64 {
    height_pt(lines) * 25.4 / 72.0
}

fn height_pt(lines: &[String]) -> f64 {
    if lines.is_empty() { 0.0 } else { ABOVE_PT + LINE_PT * lines.len() as f64 }
}

/// Sentences as lines that fit; words longer than a line are broken.
#[must_use]
pub(super) fn lines(sentences: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    for sentence in sentences {
        let mut line = String::new();
        let mut length = 0;
        for word in sentence.split_whitespace() {
            let size = word.chars().count();
            if length > 0 && length + 1 + size > LETTERS {
                lines.push(std::mem::take(&mut line));
                length = 0;
            } else if length > 0 {
                line.push(' ');
                length += 1;
            }
            for letter in word.chars() {
                if length == LETTERS {
                    lines.push(std::mem::take(&mut line));
                    length = 0;
                }
                line.push(letter);
                length += 1;
            }
        }
        lines.push(line);
    }
    lines
}

/// Draws above and writes the lines below.
///
/// # Errors
/// When plotters cannot draw.
pub(super) fn with(
    page: &Area,
    lines: &[String],
    draw: impl FnOnce(&Area) -> DrawResult,
) -> DrawResult {
    if lines.is_empty() {
        return draw(page);
    }
    let height = page.dim_in_pixel().1;
    let room = pt(height_pt(lines));
    let (above, below) = page.split_vertically(height.saturating_sub(room));
    draw(&above)?;
    for (place, line) in lines.iter().enumerate() {
        below.draw_text(line, &text_style(), (ipt(1.0), ipt(ABOVE_PT + LINE_PT * place as f64)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sentences_are_broken_between_words_and_long_words_anywhere() {
        let sentence =
            "Contrast 1 of 225; four are drawn and all of them are in the file differences.csv.";
        let lines = lines(&[sentence.to_owned(), "x".repeat(100)]);
        assert_eq!(lines.len(), 4);
        assert_eq!([&lines[0][..], &lines[1][..]].join(" "), sentence);
        assert_eq!([&lines[2][..], &lines[3][..]].concat(), "x".repeat(100));
        assert!(lines.iter().all(|line| line.chars().count() <= LETTERS));
    }
}
