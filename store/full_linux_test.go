package store_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/klarlagt/klarlagt/store"
)

// TestFullDiskOfAServerLosesNothing has a process do every kind of act once on a
// server whose disk for the tables has only so much room left, for several
// amounts, and looks what is there. KLARLAGT_FAULTS makes them forty in place of
// three.
func TestFullDiskOfAServerLosesNothing(t *testing.T) {
	if os.Getenv(onPostgres) == "" {
		t.Skip("a folder's own disk: TestDiskThatFailsAtAnyWriteLosesNothing")
	}
	small := smallDisk(t)
	c := postgresConfig(t)
	c.Postgres += " default_tablespace=" + small.name
	c = named(c)
	acts, failed := acted(t, c)
	if len(acts) < 10 || failed != "" {
		t.Fatalf("with room: %d acts, %s", len(acts), failed)
	}
	runs := 3
	if os.Getenv("KLARLAGT_FAULTS") != "" {
		runs = 40
	}
	found, full := 0, 0
	for run := range runs {
		room := run % 5 * (8 << 10) // a page of a table is 8 KiB
		small.room(room)
		more, failed := acted(t, c)
		if failed != "" && !strings.Contains(failed, "refusal.database-full") {
			t.Fatalf("run %d: %s", run, failed)
		}
		if failed != "" {
			full++
		}
		acts = append(acts, more...)
		small.room(16 << 20) // whoever looks writes so into the journal
		if found = wholeAfter(t, c, acts); t.Failed() {
			t.Fatalf("run %d, with room for %d bytes", run, room)
		}
	}
	if full == 0 {
		t.Errorf("in %d runs no disk was full, so this proves nothing", runs)
	}
	if again, failed := acted(t, c); len(again) < 10 || failed != "" {
		t.Errorf("with room again: %d acts, %s", len(again), failed)
	}
	t.Logf("full disks: %d of %d runs, acts told: %d, rows with their records: %d, lost: 0, half: 0", full, runs, len(acts), found)
}

// acted runs a process that does every kind of act once, and gives those that it
// told of and what it said was wrong.
func acted(t *testing.T, c store.Config) (acts []string, failed string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "act", "list", c.Dir)
	cmd.Env = acting(c)
	var wrong bytes.Buffer
	cmd.Stderr = &wrong
	out, err := cmd.Output()
	if (err != nil) != (wrong.Len() > 0) {
		t.Fatalf("the process ended with %v\n%s", err, wrong.String())
	}
	for line := range strings.Lines(string(out)) {
		acts = append(acts, strings.TrimSpace(line))
	}
	forgotten(t, c)
	return acts, wrong.String()
}

// disk is a small disk that is a tablespace of the server.
type disk struct {
	t          *testing.T
	path, name string
}

func smallDisk(t *testing.T) disk {
	t.Helper()
	d := disk{t, filepath.Join(t.TempDir(), "small"), "small_" + strconv.Itoa(os.Getpid())}
	for dir := filepath.Dir(d.path); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil { // the server is somebody else
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(d.path, 0o755); err != nil {
		t.Fatal(err)
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skipf("no small disk can be made here: %v", err)
	}
	options := fmt.Sprintf("size=64m,mode=0700,uid=%s", nobody.Uid)
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", d.path).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted here: %s", bytes.TrimSpace(out))
	}
	t.Cleanup(func() { _ = exec.Command("umount", d.path).Run() })
	if _, err := server(t).Exec(fmt.Sprintf(`CREATE TABLESPACE %s LOCATION '%s'`, d.name, d.path)); err != nil {
		t.Skipf("the server cannot have its tables on it: %v", err)
	}
	t.Cleanup(func() { _, _ = server(t).Exec(`DROP TABLESPACE ` + d.name) })
	return d
}

// room leaves the disk so many bytes more than it holds.
func (d disk) room(bytes int) {
	d.t.Helper()
	var fs unix.Statfs_t
	if err := unix.Statfs(d.path, &fs); err != nil {
		d.t.Fatal(err)
	}
	used := int(fs.Blocks-fs.Bfree) * int(fs.Bsize)
	if out, err := exec.Command("mount", "-o", fmt.Sprintf("remount,size=%d", used+bytes), d.path).CombinedOutput(); err != nil {
		d.t.Fatalf("resize: %v\n%s", err, out)
	}
}
