// Reads files that it may read, and one that is not there.
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

fn main() -> std::io::Result<()> {
    let table = BufReader::new(File::open("data/table.csv")?);
    let mut sum = 0i64;
    for line in table.lines() {
        let line = line?;
        sum += line.rsplit(',').next().and_then(|n| n.trim().parse::<i64>().ok()).unwrap_or(0);
    }
    println!("sum {sum}, {} bytes", fs::metadata("data/table.csv")?.len());
    let mut file = File::open("/data/table.csv")?;
    file.seek(SeekFrom::End(-4))?;
    let mut end = String::new();
    file.read_to_string(&mut end)?;
    println!("ends with {end:?}");
    println!("{:?}", fs::read("data/none").unwrap_err().kind());
    println!("{:?}", fs::write("data/table.csv", "x").unwrap_err().kind());
    println!("{}", fs::metadata("data")?.is_dir());
    Ok(())
}
