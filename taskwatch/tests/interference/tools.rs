//! Shells, compilers, make and other tools of every day.

use crate::{
    same, same_with,
    support::{
        Directory, fresh, run,
        skip::{Skip, installed, skip},
    },
};
use std::{fs, process::Command};

/// Everything a shell script likes to do; no name and no number in its output is chance.
const SCRIPT: &str = r#"
seq 1 2000 | sort -rn | uniq | head -5
echo one two three | tr ' ' '\n' | while read word; do echo "[$word]"; done
x=$(echo $(echo nested $(echo deeper)))
echo "$x"
cat <<END | sed s/a/b/g
banana
END
(exit 3); echo "subshell $?"
false | true; echo "pipe $?"
sh -c 'kill -TERM $$'; echo "killed $?"
sh -c 'kill -KILL $$' 2>/dev/null; echo "killed $?"
sleep 0 & wait $!; echo "waited $?"
(sleep 0; exit 4) & (exit 5) & wait; echo "all $?"
trap 'echo trapped' USR1; kill -USR1 $$; trap - USR1
trap 'echo leaving' EXIT
yes | head -1000 | wc -l
f() { echo "in a function $1"; return 7; }
f once; echo "$?"
i=0; while [ $i -lt 50 ]; do i=$((i + 1)); /bin/true; done; echo "$i"
find /bin/sh -exec echo {} \; -exec true \;
seq 1 20 | xargs -n 3 -P 4 sh -c 'exit 0' && echo "xargs $?"
env -i A=b sh -c 'echo $A'
timeout 100 sh -c 'exit 6'; echo "timeout $?"
timeout -s KILL 0.1 sleep 100; echo "timeout $?"
nohup sh -c 'exit 8' >/dev/null 2>&1; echo "nohup $?"
setsid sh -c 'exit 9'; echo "setsid $?"
/no/such/command 2>/dev/null; echo "not found $?"
exec sh -c 'echo executed; exit 11'
"#;

#[test]
fn a_shell_script() {
    let output = same("sh", &["-c", SCRIPT]);
    assert_eq!(output.status.code(), Some(11));
}

#[test]
fn a_script_of_bash() {
    if installed("bash").is_none() {
        return skip("a_script_of_bash", Skip::NoBash);
    }
    let script = r#"
set -o pipefail; false | true; echo "pipefail $?"
diff <(seq 1 10) <(seq 1 10 | cat) && echo same
coproc cat; echo hello >&"${COPROC[1]}"; read -r line <&"${COPROC[0]}"; echo "$line"
eval "exec ${COPROC[1]}>&-"; wait "$COPROC_PID"; echo "coproc $?"
for i in 1 2 3; do (exit $i) & done; wait -n; wait; echo done
printf '%s\n' "${PIPESTATUS[@]}"
exit 12
"#;
    let output = same("bash", &["-c", script]);
    assert_eq!(output.status.code(), Some(12));
}

/// Input goes through as well as output.
#[test]
fn large_input() {
    let directory = Directory::new("input");
    let data: Vec<u8> = (0..3_000_000u32).flat_map(|n| n.to_le_bytes()).collect();
    let input = directory.write("data", &data);
    let output = same_with("sh", &["-c", "cat | cat | tee /dev/stderr | cksum"], |command| {
        command.stdin(fs::File::open(&input).unwrap());
    });
    assert_eq!(output.stderr.len(), data.len());
}

/// A project of C files; `make` builds and runs it.
fn project(directory: &Directory, files: usize) {
    let mut main = String::from("#include <stdio.h>\n");
    let mut calls = String::new();
    for n in 0..files {
        directory
            .write(&format!("part{n}.c"), format!("int part{n}(int x)\n{{\n\treturn x * {n} + 1;\n}}\n"));
        main.push_str(&format!("int part{n}(int);\n"));
        calls.push_str(&format!("\tsum += part{n}(sum);\n"));
    }
    main.push_str(&format!(
        "int main(void)\n{{\n\tunsigned sum = 1;\n{calls}\tprintf(\"%u\\n\", sum);\n\treturn 0;\n}}\n"
    ));
    directory.write("main.c", main);
    let objects: Vec<String> = (0..files).map(|n| format!("part{n}.o")).collect();
    let makefile = format!(
        "CFLAGS = -O0\nall: program\n\t./program\nprogram: main.o {}\n\t$(CC) -o $@ $^\nclean:\n\trm -f *.o program\n",
        objects.join(" ")
    );
    directory.write("Makefile", makefile);
}

#[test]
fn make_in_parallel() {
    if installed("make").is_none() {
        return skip("make_in_parallel", Skip::NoMake);
    }
    // One directory each, so that both start from nothing.
    let [plain, ours] = [false, true].map(|supervised| {
        let directory = Directory::new("make");
        project(&directory, 12);
        let mut command = if supervised {
            let mut command = fresh(env!("CARGO_BIN_EXE_taskwatch"));
            command.args(["-qq", "--", "make"]);
            command
        } else {
            fresh("make")
        };
        // Lines of a parallel make come in any order; those of the program do not.
        let output = run(command.args(["-j4", "-s", "CC=cc"]).current_dir(directory.path()));
        (output, fs::read(directory.join("program")).unwrap())
    });
    assert_eq!(run::text(&ours.0.stdout), run::text(&plain.0.stdout));
    assert_eq!((ours.0.status, ours.0.stderr), (plain.0.status, plain.0.stderr));
    assert!(ours.1 == plain.1, "other programs were built");
    assert_eq!(plain.0.status.code(), Some(0));
}

#[test]
fn make_that_fails() {
    if installed("make").is_none() {
        return skip("make_that_fails", Skip::NoMake);
    }
    let directory = Directory::new("make-fails");
    directory.write("Makefile", "all: good bad\ngood:\n\t@true\nbad:\n\t@sh -c 'kill -SEGV $$$$'\n");
    let output = same_with("make", &["-s", "-k"], |command| {
        command.current_dir(directory.path());
    });
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_compiler() {
    let directory = Directory::new("compiler");
    directory
        .write("good.c", "#include <stdio.h>\nint main(void) { return printf(\"compiled\\n\") != 9; }\n");
    directory.write("bad.c", "int main(void) { return undeclared; }\n");
    let here = |command: &mut Command| {
        command.current_dir(directory.path());
    };
    same_with("cc", &["-pipe", "-O2", "-o", "good", "good.c"], here);
    assert_eq!(same("sh", &["-c", &format!("{}/good", directory.path().display())]).stdout, b"compiled\n");
    assert_eq!(same_with("cc", &["-c", "bad.c"], here).status.code(), Some(1));
    same_with("cc", &["-E", "good.c"], here);
}
