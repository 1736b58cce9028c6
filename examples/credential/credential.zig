//! Says of a private credential what somebody needs to know, and nothing else: Zig with its standard library. Reads from standard input,
//! which is public, a day, a least age and a country; and from file 3, which is private, a credential in JSON. Prints the SHA-256 of its
//! bytes, as its issuer published it, and whether its holder has the age and lives in the country.
const std = @import("std");

const Date = struct {
    year: u16,
    month: u8,
    day: u8,

    /// Reads `2026-12-01`.
    fn parse(text: []const u8) !Date {
        var parts = std.mem.splitScalar(u8, text, '-');
        const date: Date = .{
            .year = try std.fmt.parseInt(u16, parts.next() orelse return error.NoDate, 10),
            .month = try std.fmt.parseInt(u8, parts.next() orelse return error.NoDate, 10),
            .day = try std.fmt.parseInt(u8, parts.next() orelse return error.NoDate, 10),
        };
        return if (parts.next() == null) date else error.NoDate;
    }

    /// Whole years since `birth`.
    fn age(today: Date, birth: Date) u16 {
        const is_before_birthday = today.month < birth.month or (today.month == birth.month and today.day < birth.day);
        return today.year -| birth.year -| @intFromBool(is_before_birthday);
    }
};

const Credential = struct {
    name: []const u8,
    born: []const u8,
    address: struct { country: []const u8, city: []const u8 },
};

pub fn main(init: std.process.Init) !void {
    const arena = init.arena.allocator();
    const file: std.Io.File = .{ .handle = 3, .flags = .{ .nonblocking = false } };
    var words = std.mem.tokenizeAny(u8, try readAll(init, .stdin()), " \r\n");
    const today: Date = try .parse(words.next() orelse return error.NoDate);
    const least = try std.fmt.parseInt(u16, words.next() orelse return error.NoAge, 10);
    const country = words.next() orelse return error.NoCountry;

    const text = try readAll(init, file);
    var digest: [32]u8 = undefined;
    std.crypto.hash.sha2.Sha256.hash(text, &digest, .{});
    const credential = try std.json.parseFromSliceLeaky(Credential, arena, text, .{ .ignore_unknown_fields = true });

    var buffer: [256]u8 = undefined;
    var out = std.Io.File.stdout().writerStreaming(init.io, &buffer);
    try out.interface.print("credential {x}\nof age: {}\nlives in {s}: {}\n", .{
        &digest,
        today.age(try .parse(credential.born)) >= least,
        country,
        std.mem.eql(u8, credential.address.country, country),
    });
    try out.interface.flush();
}

fn readAll(init: std.process.Init, file: std.Io.File) ![]u8 {
    var buffer: [1024]u8 = undefined;
    var reader = file.readerStreaming(init.io, &buffer);
    return reader.interface.allocRemaining(init.arena.allocator(), .limited(1 << 16));
}
