//! Which characters of a text are seen, and how a text is made fit for a terminal.

use unicode_width::UnicodeWidthChar;

/// Makes one line of text from outside, fit for a terminal: terminal sequences and invisible
/// characters are dropped, white space is collapsed, and what is longer than `max_chars` characters
/// ends in `…`. Mask before what is cut, so that no secret is left as a piece too short to be
/// recognised.
pub fn one_line(text: &str, max_chars: usize) -> String {
    let mut line = String::with_capacity(text.len());
    for c in cleaned(text) {
        match c.is_whitespace() {
            false => line.push(c),
            true if line.is_empty() || line.ends_with(' ') => {}
            true => line.push(' '),
        }
    }
    line.truncate(line.trim_end().len());
    if line.chars().count() > max_chars {
        line = line.chars().take(max_chars.saturating_sub(1)).collect();
        line.push('…');
    }
    line
}

/// The characters of a text without terminal sequences and what is invisible.
pub(super) fn cleaned(text: &str) -> impl Iterator<Item = char> {
    let mut chars = text.chars();
    std::iter::from_fn(move || {
        loop {
            let c = chars.next()?;
            if !skip_sequence(c, &mut chars) && (!is_invisible(c) || c.is_whitespace()) {
                return Some(c);
            }
        }
    })
}

/// Skips what follows the first character of a terminal sequence (ECMA-48), if that is one: the rest
/// of a control sequence, of a control string, or one character.
pub(super) fn skip_sequence(first: char, rest: &mut impl Iterator<Item = char>) -> bool {
    match first {
        '\u{1b}' => match rest.next() {
            Some('[') => skip_control_sequence(rest),
            Some(']' | 'P' | 'X' | '^' | '_') => {
                while let Some(c) = rest.next() {
                    if c == '\u{1b}' {
                        rest.next();
                    }
                    if matches!(c, '\u{7}' | '\u{1b}' | '\u{9c}') {
                        break;
                    }
                }
            }
            _ => {}
        },
        '\u{9b}' => skip_control_sequence(rest),
        _ => return false,
    }
    true
}

fn skip_control_sequence(rest: &mut impl Iterator<Item = char>) {
    rest.find(|c| matches!(c, '@'..='~'));
}

/// Controls, and format characters that reorder or hide text (Unicode UTS 55).
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
        )
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a reader may not notice a character: the invisible ones, white space, what stands on top
/// of its neighbour or takes no room, and what has no shape. None of them tells two texts apart.
pub(super) fn goes_unseen(c: char) -> bool {
    match c {
        ' '..='~' => c == ' ',
        _ if c.is_whitespace() || is_invisible(c) => true,
        // Fillers and blanks; what stands for bytes that were no text; private use.
        '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' => true,
        '\u{e000}'..='\u{f8ff}' | '\u{fffc}'..='\u{ffff}' | '\u{f0000}'.. => true,
        _ => c.width().unwrap_or(0) == 0,
    }
}

/// What is seen of a text.
pub(super) fn seen(text: &str) -> String {
    text.chars().filter(|c| !goes_unseen(*c)).collect()
}
