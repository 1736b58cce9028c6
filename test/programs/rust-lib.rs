// A library as people write it for the web: an address and a length, and an allocator for whoever calls.
#[no_mangle]
pub extern "C" fn alloc(n: usize) -> *mut u8 {
    let mut v = Vec::<u8>::with_capacity(n);
    let p = v.as_mut_ptr();
    std::mem::forget(v);
    p
}

#[no_mangle]
pub unsafe extern "C" fn count_words(p: *const u8, n: usize) -> u32 {
    let text = std::str::from_utf8(std::slice::from_raw_parts(p, n)).unwrap();
    text.split_whitespace().count() as u32
}

/// Address in the high half, length in the low one.
#[no_mangle]
pub unsafe extern "C" fn shout(p: *const u8, n: usize) -> u64 {
    let text = std::str::from_utf8(std::slice::from_raw_parts(p, n)).unwrap();
    let loud = text.to_ascii_uppercase().into_bytes().leak();
    ((loud.as_ptr() as u64) << 32) | loud.len() as u64
}
