//! How the demo speaks: numbered sections, short lines, and bars where a person watches.

use std::io::{IsTerminal, stdout};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What every line below a heading begins with.
const INDENT: &str = "   ";

/// The width of a paragraph, without the indent.
const WIDTH: usize = 88;

/// Prints to standard output.
pub(super) struct Narrator {
    /// Whether a person watches, and not a file or a pipe.
    live: bool,
    sections: usize,
}

impl Narrator {
    pub(super) fn new() -> Self {
        Self { live: stdout().is_terminal(), sections: 0 }
    }

    /// Begins a section.
    pub(super) fn section(&mut self, title: &str) {
        self.sections += 1;
        let number = self.sections;
        if self.live {
            println!("\n\x1b[1m{number}  {title}\x1b[0m\n");
        } else {
            println!("\n{number}  {title}\n");
        }
    }

    /// Tells something, in lines of a readable width.
    pub(super) fn say(&self, text: &str) {
        for line in wrapped(text, WIDTH) {
            println!("{INDENT}{line}");
        }
    }

    /// Shows what a program printed, as it is.
    pub(super) fn show(&self, text: &str) {
        println!();
        for line in text.trim_end().lines() {
            println!("{}", format!("{INDENT}{line}").trim_end());
        }
        println!();
    }

    /// Shows a command that is about to be run.
    pub(super) fn command(&self, command: &str) {
        println!("{INDENT}$ {command}");
    }

    /// Bars that are drawn together, or never where nobody watches.
    pub(super) fn bars(&self) -> MultiProgress {
        MultiProgress::with_draw_target(if self.live {
            ProgressDrawTarget::stdout()
        } else {
            ProgressDrawTarget::hidden()
        })
    }

    /// Tells something that bars show to those who watch.
    pub(super) fn unwatched(&self, text: &str) {
        if !self.live {
            println!("{INDENT}{text}");
        }
    }
}

/// A bar of bytes, with a name before it and a message after.
pub(super) fn byte_bar(bars: &MultiProgress, name: &str) -> ProgressBar {
    bar(bars, name, "{bytes:>10} of {total_bytes:<10}")
}

/// A bar of keys.
pub(super) fn key_bar(bars: &MultiProgress, name: &str, keys: u64) -> ProgressBar {
    let bar = bar(bars, name, "{human_pos:>7} of {human_len} keys");
    bar.set_length(keys);
    bar
}

fn bar(bars: &MultiProgress, name: &str, numbers: &str) -> ProgressBar {
    let template = format!("{INDENT}{{prefix:9}} [{{bar:30}}] {numbers}  {{msg}}");
    // A template that does not parse would show in the first test.
    let style = ProgressStyle::with_template(&template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ");
    // Without a length it is drawn empty; with a length of zero it would be full.
    bars.add(ProgressBar::no_length().with_style(style).with_prefix(name.to_owned()))
}

/// `text` in lines of at most `width` characters, broken between words.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two  three", 8), ["one two", "three"]);
        assert_eq!(wrapped("incomprehensible it is", 5), ["incomprehensible", "it is"]);
        assert_eq!(wrapped("", 5), [""; 0]);
    }

    #[test]
    fn the_templates_of_bars_are_ones() {
        for numbers in ["{bytes:>10} of {total_bytes:<10}", "{human_pos:>7} of {human_len} keys"] {
            let template = format!("{INDENT}{{prefix:9}} [{{bar:30}}] {numbers}  {{msg}}");
            assert!(ProgressStyle::with_template(&template).is_ok(), "{template}");
        }
    }
}
