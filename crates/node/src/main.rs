//! The program `allmende`.

fn main() -> std::process::ExitCode {
    node::cli::main()
}
