//go:build unix

package engine_test

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// alive reports whether a process runs; one that has ended and waits to be
// buried does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return !os.IsNotExist(err) || !strings.HasPrefix(os.DevNull, "/proc")
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}
