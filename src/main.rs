//! The `rehearsal` program. Everything it does is in `cli`; the work is in the library.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
