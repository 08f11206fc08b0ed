package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// mostExposed is how exposed the service may be by systemd's own measure, from
// 0 to 10.
const mostExposed = 1.5

func TestServiceIsHardened(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=true", "--no-pager",
		filepath.Join("..", "..", "deploy", "klarlagt.service")).CombinedOutput()
	m := regexp.MustCompile(`Overall exposure level for klarlagt\.service: (\d+\.\d+)`).FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("no verdict, %v\n%s", err, out)
	}
	if level, _ := strconv.ParseFloat(string(m[1]), 64); level > mostExposed {
		t.Errorf("exposure level %s, at most %v\n%s", m[1], mostExposed, out)
	}
}
