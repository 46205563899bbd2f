//! How well and how fast searches find what staff look for, beside PostgreSQL and SQLite on the same records.
//!
//! nDCG@10 on queries as staff type them, with one typing error, with ae/oe/ue, and on editors' tags; README.md says
//! how it is judged. `--check` fails below the goals; `--tune` cross-validates the weights, `--with title=0.8` turns
//! some; `--each` prints every query; `--engine N` measures the engine at N records instead, `--kills N` kills a child that indexes.

mod cases;
mod corpus;
mod engine;
mod kill;
mod others;
mod tune;

use cases::Cases;
use cases::ndcg;
use engine::Course;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

/// As the node has it, so that the memory is its memory.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What staff, typing errors, ae/oe/ue and tags must reach.
const GOALS: [f64; 4] = [0.72, 0.68, 0.70, 0.42];
/// How many times as good as PostgreSQL's best.
const TIMES: f64 = 1.6;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    let after = |word: &str| words.iter().position(|other| other == word).and_then(|at| words.get(at + 1));
    let number = |word: &str| after(word).and_then(|number| number.parse().ok());
    let done = match (after(kill::FEED), number("--engine"), number("--kills")) {
        (Some(folder), _, _) => kill::feed(Path::new(folder)),
        (_, Some(records), _) => {
            let only = after("--ask").map(String::as_str);
            let course = Course { long: has("--long"), busy: has("--busy"), only, check: has("--check") };
            engine::measure(records, &course)
        }
        (_, _, Some(kills)) => kill::campaign(u64::from(kills)),
        _ if has("--tune") => tune::run(),
        _ => quality(has("--check"), has("--each"), after("--with").map_or("", String::as_str)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn quality(check: bool, each: bool, turned: &str) -> Result<bool, Box<dyn Error>> {
    let weights = tune::turned(turned)?;
    let Some(cases) = Cases::read()? else {
        println!("skipped: the folder ../shared/data/search is absent");
        return Ok(true);
    };
    let sets = cases.sets();
    let ours = cases.ours(&weights)?;
    let postgres = others::postgres(&cases)?;
    let sqlite = others::sqlite(&cases)?;
    println!("{:<22} {:>9} {:>16} {:>12}", "nDCG@10", "allmende", "PostgreSQL best", "SQLite FTS5");
    let mut good = true;
    for (at, (name, queries)) in sets.iter().enumerate() {
        let own = ndcg(queries, ours.get(at).map_or(&[][..], Vec::as_slice));
        let of = |ranked: &Option<Vec<Vec<Vec<String>>>>| {
            ranked.as_ref().and_then(|ranked| ranked.get(at)).map(|ranked| ndcg(queries, ranked))
        };
        let best = postgres.iter().filter_map(|way| of(&Some(way.clone()))).reduce(f64::max);
        let shown = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.3}"));
        println!("{name:<22} {own:>9.3} {:>16} {:>12}", shown(best), shown(of(&sqlite)));
        if each {
            for (query, ranked) in queries.iter().zip(ours.get(at).into_iter().flatten()) {
                let meant = cases.taken_for(query)?.map(|meant| format!(" [{meant}]")).unwrap_or_default();
                println!("  {:.2} {}{meant} -> {}", query.ndcg(ranked), query.text, ranked.join(" "));
            }
        }
        let goal = GOALS.get(at).copied().unwrap_or_default();
        if own < goal {
            println!("  {name} is below its goal of {goal}");
            good = false;
        }
        if let (0, Some(best)) = (at, best) {
            println!("  {:.2} times PostgreSQL's best", own / best);
            if own < TIMES * best {
                println!("  which is less than {TIMES} times");
                good = false;
            }
        }
    }
    if check && postgres.is_empty() {
        println!("PostgreSQL is missing: run scripts/setup");
        good = false;
    }
    Ok(good || !check)
}
