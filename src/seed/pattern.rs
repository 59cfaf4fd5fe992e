//! Texts of a regular expression, by number: so they can be drawn, and without repeating when
//! they must differ. Of what checks use: classes, groups, alternatives, repetitions. Pure.

/// A regular expression whose texts are numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::seed) struct Pattern(Part);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// One of these characters.
    Class(Vec<char>),
    Sequence(Vec<Part>),
    Either(Vec<Part>),
    Repeat(Box<Part>, u32, u32),
}

/// Repetitions beyond the least for `*`, `+` and `{n,}`.
const MORE: u32 = 8;
/// Repetitions at all; longer ones are not what a check means.
const MOST: u32 = 256;
/// Numbers of texts are not counted further.
const MANY: u64 = 1 << 60;

impl Pattern {
    /// Reads an expression; the reason when it uses what is not known here.
    pub(in crate::seed) fn parse(regex: &str) -> Result<Self, String> {
        let mut reader = Reader {
            chars: regex.chars().collect(),
            at: 0,
        };
        let part = reader.either()?;
        match reader.peek() {
            None => Ok(Self(part)),
            Some(stray) => Err(format!("`{stray}` at {} has no partner", reader.at + 1)),
        }
    }

    /// How many texts there are, at most 2⁶⁰.
    pub(in crate::seed) fn size(&self) -> u64 {
        self.0.size()
    }

    /// Appends the text of a number below [`Pattern::size`].
    pub(in crate::seed) fn write(&self, number: u64, out: &mut String) {
        self.0.write(number, out);
    }

    /// Characters of the longest text.
    pub(in crate::seed) fn longest(&self) -> u32 {
        self.0.longest()
    }
}

impl Part {
    fn size(&self) -> u64 {
        let capped = |size: u64| size.min(MANY);
        match self {
            Self::Class(characters) => characters.len() as u64,
            Self::Sequence(parts) => parts
                .iter()
                .fold(1, |size, part| capped(size.saturating_mul(part.size()))),
            Self::Either(parts) => parts
                .iter()
                .fold(0, |size, part| capped(size.saturating_add(part.size()))),
            Self::Repeat(part, min, max) => {
                let one = part.size();
                (*min..=*max).fold(0, |size, times| {
                    capped(size.saturating_add(capped(one.saturating_pow(times))))
                })
            }
        }
    }

    fn write(&self, mut number: u64, out: &mut String) {
        match self {
            Self::Class(characters) => {
                out.push(characters[(number % characters.len() as u64) as usize]);
            }
            Self::Sequence(parts) => {
                for part in parts {
                    let size = part.size().max(1);
                    part.write(number % size, out);
                    number /= size;
                }
            }
            Self::Either(parts) => {
                for part in parts {
                    let size = part.size();
                    if number < size {
                        return part.write(number, out);
                    }
                    number -= size;
                }
            }
            Self::Repeat(part, min, max) => {
                let one = part.size().max(1);
                let mut times = *min;
                while times < *max && number >= one.saturating_pow(times).min(MANY) {
                    number -= one.saturating_pow(times).min(MANY);
                    times += 1;
                }
                for _ in 0..times {
                    part.write(number % one, out);
                    number /= one;
                }
            }
        }
    }

    fn longest(&self) -> u32 {
        match self {
            Self::Class(_) => 1,
            Self::Sequence(parts) => parts.iter().map(Self::longest).sum(),
            Self::Either(parts) => parts.iter().map(Self::longest).max().unwrap_or(0),
            Self::Repeat(part, _, max) => part.longest().saturating_mul(*max),
        }
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn either(&mut self) -> Result<Part, String> {
        let mut sides = vec![self.sequence()?];
        while self.take('|') {
            sides.push(self.sequence()?);
        }
        Ok(if sides.len() == 1 {
            sides.remove(0)
        } else {
            Part::Either(sides)
        })
    }

    fn sequence(&mut self) -> Result<Part, String> {
        let mut parts = Vec::new();
        while let Some(next) = self.peek() {
            if matches!(next, '|' | ')') {
                break;
            }
            self.at += 1;
            if matches!(next, '^' | '$') {
                continue;
            }
            let part = self.atom(next)?;
            parts.push(self.repeated(part)?);
        }
        Ok(Part::Sequence(parts))
    }

    fn atom(&mut self, first: char) -> Result<Part, String> {
        Ok(match first {
            '(' => {
                if self.take('?') && !self.take(':') {
                    return Err("`(?` other than `(?:`".to_owned());
                }
                let inside = self.either()?;
                if !self.take(')') {
                    return Err("`(` without `)`".to_owned());
                }
                inside
            }
            '[' => Part::Class(self.class()?),
            '.' => Part::Class(('a'..='z').collect()),
            '\\' => Part::Class(self.escaped()?),
            '*' | '+' | '?' | '{' => return Err(format!("`{first}` after nothing")),
            literal => Part::Class(vec![literal]),
        })
    }

    fn escaped(&mut self) -> Result<Vec<char>, String> {
        let character = self.peek().ok_or("`\\` at the end")?;
        self.at += 1;
        Ok(match character {
            'd' => ('0'..='9').collect(),
            'w' => ('a'..='z').chain('0'..='9').collect(),
            's' => vec![' '],
            'm' | 'M' | 'y' | 'A' | 'Z' | 'b' | 'B' | 'D' | 'W' | 'S' | '1'..='9' => {
                return Err(format!("`\\{character}`"));
            }
            literal => vec![literal],
        })
    }

    fn class(&mut self) -> Result<Vec<char>, String> {
        let negated = self.take('^');
        let mut found: Vec<char> = Vec::new();
        let mut first = true;
        loop {
            let character = self.peek().ok_or("`[` without `]`")?;
            self.at += 1;
            match character {
                ']' if !first => break,
                '[' if self.take(':') => found.extend(self.named_class()?),
                '\\' => found.extend(self.escaped()?),
                low if self.peek() == Some('-')
                    && self.chars.get(self.at + 1).is_some_and(|next| *next != ']') =>
                {
                    let high = self.chars[self.at + 1];
                    self.at += 2;
                    if low > high {
                        return Err(format!("`{low}-{high}`"));
                    }
                    found.extend(low..=high);
                }
                literal => found.push(literal),
            }
            first = false;
        }
        if negated {
            let others = ('a'..='z').chain('A'..='Z').chain('0'..='9');
            found = others
                .filter(|character| !found.contains(character))
                .collect();
        }
        found.dedup();
        if found.is_empty() {
            return Err("a class without characters".to_owned());
        }
        Ok(found)
    }

    /// `[:alpha:]`, after `[:`.
    fn named_class(&mut self) -> Result<Vec<char>, String> {
        let start = self.at;
        while self.peek().is_some_and(|next| next.is_ascii_lowercase()) {
            self.at += 1;
        }
        let name: String = self.chars[start..self.at].iter().collect();
        if !(self.take(':') && self.take(']')) {
            return Err("`[:` without `:]`".to_owned());
        }
        Ok(match name.as_str() {
            "alpha" => ('a'..='z').chain('A'..='Z').collect(),
            "lower" => ('a'..='z').collect(),
            "upper" => ('A'..='Z').collect(),
            "digit" => ('0'..='9').collect(),
            "alnum" => ('a'..='z').chain('A'..='Z').chain('0'..='9').collect(),
            "xdigit" => ('0'..='9').chain('a'..='f').collect(),
            "space" => vec![' '],
            _ => return Err(format!("`[:{name}:]`")),
        })
    }

    fn repeated(&mut self, part: Part) -> Result<Part, String> {
        let (min, max) = match self.peek() {
            Some('*') => (0, MORE),
            Some('+') => (1, 1 + MORE),
            Some('?') => (0, 1),
            Some('{') => {
                let end = self.chars[self.at..].iter().position(|c| *c == '}');
                let end = self.at + end.ok_or("`{` without `}`")?;
                let inside: String = self.chars[self.at + 1..end].iter().collect();
                self.at = end;
                let number = |text: &str| {
                    let found = text.trim().parse::<u32>().ok().filter(|n| *n <= MOST);
                    found.ok_or_else(|| format!("`{{{inside}}}`"))
                };
                match inside.split_once(',') {
                    None => (number(&inside)?, number(&inside)?),
                    Some((min, "")) => (number(min)?, number(min)? + MORE),
                    Some((min, max)) => (number(min)?, number(max)?),
                }
            }
            _ => return Ok(part),
        };
        self.at += 1;
        // A lazy repetition matches the same texts.
        self.take('?');
        if min > max {
            return Err(format!("`{{{min},{max}}}`"));
        }
        Ok(Part::Repeat(Box::new(part), min, max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_matches_and_none_repeats() {
        for (regex, size) in [
            ("^[A-C]{2}-\\d$", 90),
            ("^(ab|c[12])x?$", 6),
            ("^[[:upper:]]{1,2}$", 26 + 676),
            ("^#[0-9a-f]{2}$", 256),
            ("^a(?:b){0,3}$", 4),
            ("^[^a-zA-Z0-8]$", 1),
        ] {
            let pattern = Pattern::parse(regex).expect("known");
            assert_eq!(pattern.size(), size, "{regex}");
            let oracle =
                regex::Regex::new(&regex.replace("[[:upper:]]", "[A-Z]")).expect("a regex");
            let mut seen = std::collections::HashSet::new();
            for number in 0..size {
                let mut text = String::new();
                pattern.write(number, &mut text);
                assert!(oracle.is_match(&text), "{regex}: {text}");
                assert!(text.len() <= pattern.longest() as usize);
                assert!(seen.insert(text));
            }
        }
        let large = Pattern::parse("^[a-z0-9._]+@[a-z]+\\.[a-z]{2,}$").expect("known");
        assert_eq!(large.size(), MANY);
        let mut text = String::new();
        large.write(MANY - 1, &mut text);
        assert!(text.contains('@') && text.contains('.'), "{text}");
    }

    #[test]
    fn what_is_not_known_is_said() {
        for regex in ["(?=a)", "a{3", "[", "*", "(a", "a)", "\\b", "a{9999}"] {
            assert!(Pattern::parse(regex).is_err(), "{regex}");
        }
    }
}
