//! A library in Zig: an allocator for whoever calls, a function of bytes, and one that returns text by way of an area.
const std = @import("std");

const allocator = std.heap.wasm_allocator;

export fn alloc(n: usize) ?[*]u8 {
    return if (allocator.alloc(u8, n)) |bytes| bytes.ptr else |_| null;
}

/// FNV-1a.
export fn hash(bytes: [*]const u8, n: usize) u64 {
    return std.hash.Fnv1a_64.hash(bytes[0..n]);
}

const Slice = extern struct { ptr: [*]const u8, len: usize };

export fn reversed(result: *Slice, bytes: [*]const u8, n: usize) void {
    const out = allocator.dupe(u8, bytes[0..n]) catch @panic("no memory");
    std.mem.reverse(u8, out);
    result.* = .{ .ptr = out.ptr, .len = out.len };
}
