//! What a figure does not show, in small lines below it.

use super::canvas::{Area, ipt, pt, text_style};
use super::draw::DrawResult;
use super::panel::LINE_PT;

/// Letters that fit the width of a figure, whatever letters they are.
const LETTERS: usize = 58;

/// Height of some lines, mm.
#[must_use]
pub fn height_mm(lines: &[String]) -> f64 {
    LINE_PT * lines.len() as f64 * 25.4 / 72.0
}

/// Sentences as lines that fit.
#[must_use]
pub fn lines(sentences: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    for sentence in sentences {
        let mut line = String::new();
        for word in sentence.split_whitespace() {
            let long = line.chars().count() + word.chars().count() >= LETTERS;
            if long && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.extend(word.chars().take(LETTERS));
        }
        lines.push(line);
    }
    lines
}

/// Draws above and writes the lines below.
///
/// # Errors
/// When plotters cannot draw.
pub fn with(page: &Area, lines: &[String], draw: impl FnOnce(&Area) -> DrawResult) -> DrawResult {
    if lines.is_empty() {
        return draw(page);
    }
    let height = page.dim_in_pixel().1;
    let room = pt(LINE_PT * lines.len() as f64);
    let (above, below) = page.split_vertically(height.saturating_sub(room));
    draw(&above)?;
    for (place, line) in lines.iter().enumerate() {
        below.draw_text(line, &text_style(), (ipt(1.0), ipt(LINE_PT * place as f64)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sentences_are_broken_between_words_and_long_words_cut() {
        let sentence =
            "Contrast 1 of 225; four are drawn and all of them are in the file differences.csv.";
        let lines = lines(&[sentence.to_owned(), "x".repeat(200)]);
        assert_eq!(lines.len(), 3);
        assert_eq!([&lines[0][..], &lines[1][..]].join(" "), sentence);
        assert!(lines.iter().all(|line| line.chars().count() <= LETTERS));
    }
}
