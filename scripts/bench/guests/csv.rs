//! Writes a CSV text of n lines and parses it with the standard library: totals by city in a BTreeMap, counts of names in a
//! HashMap. The result folds both.
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

const CITIES: [&str; 7] = ["Berlin", "\"New York, NY\"", "Paris", "Tokyo", "\"La \"\"Paz\"\"\"", "Oslo", "Quito"];

fn write_csv(n: u32) -> String {
    let mut text = String::from("id,name,city,amount\n");
    let mut state = 1u32;
    for id in 0..n {
        state = state.wrapping_mul(1664525).wrapping_add(1013904223);
        let city = CITIES[(state >> 16) as usize % CITIES.len()];
        let amount = (state >> 4) as i32 % 100_000 - 5_000;
        writeln!(text, "{},name{},{},{}", id, state >> 28, city, amount).unwrap();
    }
    text
}

fn fields(line: &str) -> Vec<String> {
    let mut list = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                field.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => list.push(std::mem::take(&mut field)),
            _ => field.push(c),
        }
    }
    list.push(field);
    list
}

#[no_mangle]
pub extern "C" fn run(n: u32) -> u64 {
    let text = write_csv(n);
    let mut totals: BTreeMap<String, i64> = BTreeMap::new();
    let mut names: HashMap<String, u32> = HashMap::new();
    for line in text.lines().skip(1) {
        let list = fields(line);
        let amount: i64 = list[3].parse().unwrap();
        *totals.entry(list[2].clone()).or_insert(0) += amount;
        *names.entry(list[1].clone()).or_insert(0) += 1;
    }
    let mut result = 0u64;
    for (city, total) in &totals {
        result = result.wrapping_mul(31).wrapping_add(*total as u64).wrapping_add(city.len() as u64);
    }
    result.wrapping_mul(1 << 16).wrapping_add(names.values().map(|count| u64::from(count * count)).sum())
}
