package main

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// behindUnit is set in the process that puts itself behind what the unit sets:
// the compiled filter of system calls.
const behindUnit = "KLARLAGT_TEST_BEHIND_UNIT"

// smallPDF is one page with a line of text.
const smallPDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 41>>stream
BT /F 12 Tf 20 50 Td (Made up text) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
`

// TestReadersWorkBehindTheUnit scans a PDF under the unit's filter of system
// calls and without memory that can be both written and run: it is read, and the
// workers are in their whole sandbox all the same.
func TestReadersWorkBehindTheUnit(t *testing.T) {
	if filter := os.Getenv(behindUnit); filter != "" {
		becomeCommand(t, filter)
	}
	if info, ok := debug.ReadBuildInfo(); ok && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "CGO_ENABLED" && s.Value == "1" }) {
		t.Skip("with cgo the workers' sandbox is not whole")
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("the numbers of system calls are taken for amd64 alone")
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	dir := t.TempDir()
	evidence := filepath.Join(dir, "evidence")
	err := os.Mkdir(evidence, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(evidence, "a.pdf"), []byte(smallPDF), 0o600)
	}
	filter := filepath.Join(dir, "filter")
	if err == nil {
		err = os.WriteFile(filter, unitFilter(t), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"-test.run=^" + t.Name() + "$", "--"}, args...)...)
		cmd.Env = append(os.Environ(), behindUnit+"="+filter, "KLARLAGT_DATA="+filepath.Join(dir, "data"), "KLARLAGT_LANG=en", "HOME="+dir, "XDG_CONFIG_HOME="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run("open", "Made up")
	if said := run("scan", evidence, "-v"); !strings.Contains(said, "landlock+seccomp") || !strings.Contains(said, "All 1 items were read") {
		t.Errorf("behind the unit:\n%s", said)
	}
}

// becomeCommand becomes the command, behind the unit's walls.
func becomeCommand(t *testing.T, filter string) {
	t.Helper()
	raw, err := os.ReadFile(filter)
	if err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("klarlagt")
	if err != nil {
		t.Fatal(err)
	}
	args := os.Args
	for len(args) > 0 && args[0] != "--" {
		args = args[1:]
	}
	runtime.LockOSThread() // the filter is this thread's, which becomes the command
	fprog := unix.SockFprog{Len: uint16(len(raw) / 8), Filter: (*unix.SockFilter)(unsafe.Pointer(&raw[0]))}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.Prctl(unix.PR_SET_MDWE, unix.PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0); err != nil {
		t.Fatalf("this kernel does not know memory that is never both: %v", err)
	}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&fprog)), 0, 0); err != nil {
		t.Fatal(err)
	}
	t.Fatal(syscall.Exec(program, append([]string{"klarlagt"}, args[1:]...), os.Environ()))
}

// unitFilter compiles the unit's SystemCallFilter= as systemd does: what is
// listed is let through, all else is EPERM.
func unitFilter(t *testing.T) []byte {
	t.Helper()
	unit, err := os.ReadFile(filepath.Join("..", "..", "deploy", "klarlagt.service"))
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^SystemCallFilter=(~?)(.*)$`).FindAllStringSubmatch(string(unit), -1) {
		for _, word := range strings.Fields(m[2]) {
			for _, name := range syscallSet(t, word) {
				allowed[name] = m[1] == ""
			}
		}
	}
	denied := bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}
	program := []bpf.Instruction{bpf.LoadAbsolute{Off: 4, Size: 4}, bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.AUDIT_ARCH_X86_64, SkipTrue: 1}, denied, bpf.LoadAbsolute{Off: 0, Size: 4}}
	numbers, n := syscallNumbers(t), 0
	for name, yes := range allowed {
		if number, known := numbers[name]; known && yes {
			program = append(program, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: number, SkipTrue: 1}, bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW})
			n++
		}
	}
	if n < 200 {
		t.Fatalf("only %d system calls are let through", n)
	}
	raw, err := bpf.Assemble(append(program, denied))
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	for _, i := range raw {
		out = binary.NativeEndian.AppendUint16(out, i.Op)
		out = append(out, i.Jt, i.Jf)
		out = binary.NativeEndian.AppendUint32(out, i.K)
	}
	return out
}

// syscallSet lists the names in one of systemd's sets, or the name itself.
func syscallSet(t *testing.T, word string) []string {
	t.Helper()
	if !strings.HasPrefix(word, "@") {
		return []string{word}
	}
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "syscall-filter", word, "--no-pager").Output()
	if err != nil {
		t.Fatalf("list %s: %v", word, err)
	}
	var all []string
	for _, line := range strings.Split(string(out), "\n")[1:] {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			all = append(all, syscallSet(t, line)...)
		}
	}
	return all
}

// syscallNumbers reads the kernel's numbers from the module that we call it by.
func syscallNumbers(t *testing.T) map[string]uint32 {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "unix", "zsysnum_linux_amd64.go"))
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]uint32{}
	for _, m := range regexp.MustCompile(`SYS_(\w+)\s+= (\d+)`).FindAllStringSubmatch(string(raw), -1) {
		var n uint32
		for _, d := range m[2] {
			n = 10*n + uint32(d-'0')
		}
		numbers[strings.ToLower(m[1])] = n
	}
	return numbers
}
