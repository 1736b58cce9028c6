// Finds a time for a meeting without showing anybody's calendar: embedded Swift, which brings arrays, generics and closures and no runtime.
// Public: first minute of the day, last, length of the meeting. Private: the number of people; of each the number of
// appointments, then first and last minute of each. Output: the earliest minute from which nobody is busy. Traps if there is none.
struct Span {
  let start: UInt64
  let end: UInt64
}

func word(_ isPublic: Bool) -> UInt64 { wasm_input(isPublic ? 1 : 0) }

func span(_ isPublic: Bool) -> Span {
  let span = Span(start: word(isPublic), end: word(isPublic))
  require(span.start <= span.end ? 1 : 0)
  return span
}

func calendars() -> [[Span]] {
  (0..<word(false)).map { _ in (0..<word(false)).map { _ in span(false) } }
}

/// The earliest start of `length` minutes within `day` that meets none of `busy`.
func earliest(in day: Span, length: UInt64, busy: [Span]) -> UInt64? {
  var start = day.start
  for span in busy.sorted(by: { $0.start < $1.start }) {
    if span.start >= start, span.start - start >= length { break }
    start = max(start, span.end)
  }
  return start <= day.end && day.end - start >= length ? start : nil
}

@_expose(wasm, "meeting")
@_cdecl("meeting")
public func meeting() {
  let day = span(true)
  let length = word(true)
  let start = earliest(in: day, length: length, busy: calendars().flatMap { $0 })
  require(start == nil ? 0 : 1)
  wasm_output(start ?? 0)
}
