//! What somebody types who has not read the manual: does the message say what to do next?

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stranger");
    fs::create_dir_all(&folder).expect("a folder");
    let files: [(&str, &[u8]); 5] = [
        ("empty.txt", b""),
        ("crlf.txt", b"let p = sigmoid(x)\r\nwhere g >= 0\r\n\r\nclaim a: p^g == p^g\r\n"),
        ("mark.txt", b"\xef\xbb\xbfclaim a: x == x\n"),
        ("mark-wrong.txt", b"\xef\xbb\xbfclaim a: x == x +\n"),
        ("bytes.txt", b"claim a: \xff\xfe\n"),
    ];
    for (name, bytes) in files {
        if fs::read(folder.join(name)).ok().as_deref() != Some(bytes) {
            fs::write(folder.join(name), bytes).expect("a file");
        }
    }
    Command::new(env!("CARGO_BIN_EXE_focal-derive"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the tool runs")
}

#[test]
fn wrong_input_says_what_to_do_next() {
    for (arguments, says) in [
        (&["derive", "FOCAL_BINARY"][..], "did you mean `focal_binary`?"),
        (&["derive", "focal-binary"], "did you mean `focal_binary`?"),
        (&["derive", "--only", "backwards"], "did you mean `backward`?"),
        (&["derive", "--only", ""], "it has backward, "),
        (&["derive", "--standalone"], "add --format latex"),
        (&["derive", "--format", "html", "--full"], "add --format text"),
        (&["derive", "--gamma", "-1"], "--gamma 2"),
        (&["derive", "empty.txt"], "a spec needs a section `[inputs]`"),
        (&["derive", "--check", "crlf.txt"], "crlf.txt:1:1"),
        (&["audit", "x = x"], "an equation is written with `==`: x == x"),
        (&["audit", "2x == x + x"], "a product is written with `*`"),
        (&["audit", "x y == y"], "a product is written with `*`"),
        (&["audit", "x \u{2212} 1 == x"], "write `-`"),
        (&["audit", "x\u{b2} == x^2"], "write `^2`"),
        (&["audit", "x**2 == x^2"], "a power is written `^`"),
        (&["audit", "ln(x) == log(x)"], "did you mean `log`?"),
        (&["audit", "1/0 == 1"], "division by zero"),
        (&["audit", "x^99999 == 1"], "constant exponents lie between"),
        (&["audit", "d(d(d(x^4, x), x), x) == 24*x"], "up to the second derivative"),
        (&["audit", "d(x^2, 2) == 0"], "with a name as x"),
        (&["audit", "x == 1", "--where", "x > 1, x < 0"], "take one of the conditions away"),
        (&["audit", "empty.txt"], "a claim is a line `claim NAME: LHS == RHS`"),
        (&["audit", "mark-wrong.txt"], "mark-wrong.txt:1:"),
        (&["audit", "bytes.txt"], "UTF-8"),
        (&["audit", "nosuch.txt"], "neither a claim nor a file"),
        (&["audit", "."], "it is a folder"),
        (&["audit", "x == )x("], "^"),
    ] {
        let output = run(arguments);
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty() && said.starts_with("error: "), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}

#[test]
fn odd_but_right_input_is_taken() {
    for (arguments, first) in [
        (&["audit", "crlf.txt"][..], "proved"),
        (&["audit", "mark.txt"], "proved"),
        (&["audit", "x == 1", "--where", "x == 1"], "proved"),
        (&["audit", "x^2 == 2*x", "--where", "x in {0, 2}"], "proved"),
        (&["audit", "-x == 0 - x"], "proved"),
    ] {
        let output = run(arguments);
        let said = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success() && said.starts_with(first), "{arguments:?}: {said}");
    }
}

#[test]
fn a_claim_that_holds_only_at_a_point_says_where() {
    let output = run(&["audit", "x^g == x", "--where", "x > 0"]);
    let said = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(1));
    assert!(said.starts_with("refuted\n") && said.contains("right for g = 1 only"), "{said}");
}
