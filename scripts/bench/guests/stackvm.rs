//! A small stack machine. Its program counts the steps of the Collatz sequences of 1 … n and keeps the longest.

#[derive(Clone, Copy)]
enum Op {
    Push(i64),
    Load(usize),
    Store(usize),
    Add,
    Mul,
    Half,
    Odd,
    Less,
    Jump(usize),
    Unless(usize),
    Call(usize),
    Return,
    Halt,
}
use Op::*;

const N: usize = 0;
const I: usize = 1;
const X: usize = 2;
const STEPS: usize = 3;
const BEST: usize = 4;
const TOTAL: usize = 5;

fn program() -> Vec<Op> {
    vec![
        // 0: for (i = 1; i < n + 1; i++)
        Push(1), Store(I),
        Load(I), Load(N), Push(1), Add, Less, Unless(26),
        // 8: x = i; steps(); total += steps
        Load(I), Store(X), Call(27), Load(TOTAL), Load(STEPS), Add, Store(TOTAL),
        // 15: if (best < steps) best = steps
        Load(BEST), Load(STEPS), Less, Unless(21), Load(STEPS), Store(BEST),
        // 21
        Load(I), Push(1), Add, Store(I), Jump(2),
        // 26
        Halt,
        // 27: steps = 0; while (1 < x) steps++,
        Push(0), Store(STEPS),
        Push(1), Load(X), Less, Unless(51),
        Load(STEPS), Push(1), Add, Store(STEPS),
        // 37: x = x odd ? 3 x + 1 : x / 2
        Load(X), Odd, Unless(47),
        Load(X), Push(3), Mul, Push(1), Add, Store(X), Jump(29),
        // 47
        Load(X), Half, Store(X), Jump(29),
        // 51
        Return,
    ]
}

fn interpret(program: &[Op], memory: &mut [i64]) {
    let mut stack: Vec<i64> = Vec::new();
    let mut frames: Vec<usize> = Vec::new();
    let mut pc = 0;
    loop {
        let op = program[pc];
        pc += 1;
        match op {
            Push(value) => stack.push(value),
            Load(cell) => stack.push(memory[cell]),
            Store(cell) => memory[cell] = stack.pop().unwrap(),
            Add => {
                let y = stack.pop().unwrap();
                let x = stack.pop().unwrap();
                stack.push(x.wrapping_add(y));
            }
            Mul => {
                let y = stack.pop().unwrap();
                let x = stack.pop().unwrap();
                stack.push(x.wrapping_mul(y));
            }
            Half => {
                let x = stack.pop().unwrap();
                stack.push(x / 2);
            }
            Odd => {
                let x = stack.pop().unwrap();
                stack.push(x & 1);
            }
            Less => {
                let y = stack.pop().unwrap();
                let x = stack.pop().unwrap();
                stack.push(i64::from(x < y));
            }
            Jump(target) => pc = target,
            Unless(target) => {
                if stack.pop().unwrap() == 0 {
                    pc = target;
                }
            }
            Call(target) => {
                frames.push(pc);
                pc = target;
            }
            Return => pc = frames.pop().unwrap(),
            Halt => return,
        }
    }
}

#[no_mangle]
pub extern "C" fn run(n: u32) -> u64 {
    let mut memory = [0i64; 8];
    memory[N] = i64::from(n);
    interpret(&program(), &mut memory);
    (memory[TOTAL] as u64) << 16 | memory[BEST] as u64
}
