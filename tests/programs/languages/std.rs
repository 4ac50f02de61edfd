// A Rust program that uses the standard library the way applications do: formatting, collections, iterators, strings, traits,
// closures, reference counting, errors as values, files and folders, standard input, the environment. It works in the current folder.
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet, VecDeque};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::rc::Rc;
use std::str::FromStr;

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Circle { radius: f64 },
    Rectangle(f64, f64),
}

trait Area {
    fn area(&self) -> f64;
}

impl Area for Shape {
    fn area(&self) -> f64 {
        match self {
            Shape::Circle { radius } => std::f64::consts::PI * radius * radius,
            Shape::Rectangle(width, height) => width * height,
        }
    }
}

#[derive(Debug)]
enum Failure {
    Number(std::num::ParseFloatError),
    Form(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Failure::Number(error) => write!(out, "no number: {}", error),
            Failure::Form(text) => write!(out, "no shape: {:?}", text),
        }
    }
}

impl From<std::num::ParseFloatError> for Failure {
    fn from(error: std::num::ParseFloatError) -> Self {
        Failure::Number(error)
    }
}

impl FromStr for Shape {
    type Err = Failure;
    fn from_str(text: &str) -> Result<Self, Failure> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["circle", radius] => Ok(Shape::Circle { radius: radius.parse()? }),
            ["rectangle", width, height] => Ok(Shape::Rectangle(width.parse()?, height.parse()?)),
            _ => Err(Failure::Form(text.to_string())),
        }
    }
}

fn shapes() {
    for text in ["circle 1.5", "rectangle 2 3.25", "rectangle 2", "circle one"] {
        match text.parse::<Shape>() {
            Ok(shape) => println!("{:<20} {:?} {:>10.4}", text, shape, shape.area()),
            Err(error) => println!("{:<20} {}", text, error),
        }
    }
}

fn words() -> io::Result<()> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut lines = 0;
    for line in io::stdin().lock().lines() {
        lines += 1;
        for word in line?.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            *counts.entry(word.to_lowercase()).or_default() += 1;
        }
    }
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    println!("{} lines, {} words, {} of them different", lines, counts.values().sum::<usize>(), counts.len());
    for (word, count) in sorted.iter().take(7) {
        println!("{:>8} {}", count, word);
    }
    let lengths: BTreeMap<usize, usize> = sorted.iter().fold(BTreeMap::new(), |mut map, (word, _)| {
        *map.entry(word.chars().count()).or_insert(0) += 1;
        map
    });
    println!("{:?}", lengths);
    Ok(())
}

fn collections() {
    let mut heap: BinaryHeap<_> = (1..=20u64).map(|i| (i * 7919) % 101).collect();
    let largest: Vec<_> = std::iter::from_fn(|| heap.pop()).take(5).collect();
    let mut queue: VecDeque<_> = (0..6).collect();
    queue.rotate_left(2);
    let odd: HashSet<i32> = (0..50).filter(|i| i % 2 == 1).collect();
    let thirds: HashSet<i32> = (0..50).step_by(3).collect();
    let mut both: Vec<_> = odd.intersection(&thirds).copied().collect();
    both.sort_unstable();
    println!("{:?} {:?} {:?}", largest, queue, both);
    let shared = Rc::new(vec![1u8, 2, 3]);
    let other = Rc::clone(&shared);
    println!("{} {:?} {:#x} {:e} {:+.3} {:08.3}", Rc::strong_count(&shared), other, 48879, 1234.5f64, 2.0f32, -3.14159);
    println!("{:?} {:?} {:?}", i32::MAX.checked_add(1), 200u8.saturating_add(100), (-7i32).rem_euclid(3));
    println!("{} {}", u128::MAX, i128::MIN / 3);
    let text = "Grüße, мир, 世界";
    println!("{} {} {:?} {}", text.len(), text.chars().count(), text.char_indices().nth(3), text.to_uppercase());
}

fn files() -> io::Result<()> {
    fs::create_dir_all("made/deep/er")?;
    let path = Path::new("made").join("deep").join("numbers.txt");
    let mut out = BufWriter::new(File::create(&path)?);
    for i in 0..2000 {
        writeln!(out, "{} {}", i, i * i)?;
    }
    out.into_inner()?.sync_all()?;
    let mut file = OpenOptions::new().read(true).append(true).open(&path)?;
    writeln!(file, "the end")?;
    file.seek(SeekFrom::End(-8))?;
    let mut tail = String::new();
    file.read_to_string(&mut tail)?;
    println!("{:?} {} bytes", tail, file.metadata()?.len());
    let sum: u64 = BufReader::new(File::open(&path)?)
        .lines()
        .filter_map(|line| line.ok()?.split(' ').nth(1)?.parse::<u64>().ok())
        .sum();
    println!("sum {}", sum);
    fs::rename(&path, "made/moved.txt")?;
    fs::copy("made/moved.txt", "made/copy.txt")?;
    File::options().write(true).open("made/copy.txt")?.set_len(9)?;
    fs::remove_dir("made/deep/er")?;
    let mut names: Vec<_> = fs::read_dir("made")?
        .map(|entry| entry.map(|e| (e.file_name().into_string().unwrap(), e.file_type().unwrap().is_dir())))
        .collect::<io::Result<_>>()?;
    names.sort();
    println!("{:?} {:?}", names, fs::read("made/copy.txt")?);
    for path in ["missing.txt", "made"] {
        println!("{:?}", File::open(path).and_then(|mut f| f.read_to_end(&mut Vec::new())).is_err());
    }
    println!("{:?}", File::open("missing.txt").map_err(|error| error.kind()).err());
    println!("{:?}", OpenOptions::new().write(true).create_new(true).open("made/copy.txt").map_err(|error| error.kind()).err());
    Ok(())
}

fn main() -> io::Result<()> {
    println!("{:?}", std::env::args().skip(1).collect::<Vec<_>>());
    shapes();
    words()?;
    collections();
    files()?;
    let start = std::time::Instant::now();
    std::thread::sleep(std::time::Duration::from_millis(20));
    println!("slept: {}", start.elapsed() >= std::time::Duration::from_millis(20));
    if std::env::args().count() > 2 {
        std::process::exit(7);
    }
    Ok(())
}
