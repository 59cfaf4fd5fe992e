//! What HTTP methods ask for.

/// Whether requests of this method, in capitals, ask the server to do something, and not only for
/// something.
pub fn does(method: &str) -> bool {
    !matches!(method, "GET" | "HEAD" | "OPTIONS")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reading_does_nothing() {
        let doing = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"];
        let doing: Vec<&str> = doing.into_iter().filter(|method| does(method)).collect();
        assert_eq!(doing, ["POST", "PUT", "PATCH", "DELETE"]);
    }
}
