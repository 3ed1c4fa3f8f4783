// What programs that see a call panic have in common.
/// What a closure panics with.
fn panic_of(f: impl FnOnce() + std::panic::UnwindSafe) -> String {
    std::panic::set_hook(Box::new(|_| {}));
    let result = std::panic::catch_unwind(f).expect_err("it panics");
    let _ = std::panic::take_hook();
    match result.downcast::<String>() {
        Ok(text) => *text,
        Err(other) => other.downcast::<&str>().unwrap().to_string(),
    }
}
