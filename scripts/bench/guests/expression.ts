/** A recursive-descent parser that evaluates n arithmetic expressions, each made as text first, modulo 2^64. */
let text = '';
let at = 0;
let state: u32 = 7;

function random(below: u32): u32 {
  state = state * 1664525 + 1013904223;
  return (state >> 8) % below;
}

function write(depth: i32): string {
  if (depth == 0 || random(4) == 0) return random(1000).toString();
  const operator = '+-*/%'.charAt(random(5) as i32);
  const inner = `${write(depth - 1)} ${operator} ${write(depth - 1)}`;
  return random(2) == 0 ? `(${inner})` : inner;
}

function peek(): i32 {
  while (at < text.length && text.charCodeAt(at) == 32) at++;
  return at < text.length ? text.charCodeAt(at) : -1;
}

function factor(): i64 {
  if (peek() == 40) {
    at++;
    const value = sum();
    peek();
    at++;
    return value;
  }
  let value: i64 = 0;
  for (let c = peek(); c >= 48 && c <= 57; c = at < text.length ? text.charCodeAt(at) : -1) {
    value = value * 10 + (c - 48);
    at++;
  }
  return value;
}

function product(): i64 {
  let value = factor();
  while (true) {
    const c = peek();
    if (c != 42 && c != 47 && c != 37) return value;
    at++;
    const right = factor();
    if (c == 42) value *= right;
    else if (right <= 0) value = 1;
    else value = c == 47 ? value / right : value % right;
  }
}

function sum(): i64 {
  let value = product();
  while (true) {
    const c = peek();
    if (c != 43 && c != 45) return value;
    at++;
    const right = product();
    value = c == 43 ? value + right : value - right;
  }
}

export function run(n: i32): u64 {
  let total: u64 = 0;
  for (let i = 0; i < n; i++) {
    text = write(4);
    at = 0;
    total = total * 31 + (sum() as u64);
  }
  return total;
}
