package main

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/engine"
)

// meter shows how far a scan is: a bar on a terminal, else a line every 30
// seconds or 5 % of the way.
type meter struct {
	a     *app
	bar   *progressbar.ProgressBar // nil where there is no terminal
	began time.Time
	lined time.Time
	step  int64
	phase casework.Phase
	level string // of the workers' sandbox, once told
}

func (a *app) newMeter() *meter {
	m := &meter{a: a, began: time.Now(), lined: time.Now()}
	if a.quiet || a.json || !isTerminal(os.Stderr) {
		return m
	}
	m.bar = progressbar.NewOptions64(1,
		progressbar.OptionSetWriter(a.talk), progressbar.OptionShowBytes(true), progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionSetWidth(24), progressbar.OptionClearOnFinish(),
		progressbar.OptionEnableColorCodes(false), progressbar.OptionUseANSICodes(a.style.on), progressbar.OptionFullWidth())
	return m
}

// tell takes the scan's progress.
func (m *meter) tell(p casework.Progress) {
	if m.a.quiet || m.a.json {
		return
	}
	if p.Phase != m.phase {
		m.phase = p.Phase
		m.began, m.lined, m.step = time.Now(), time.Now(), 0
		if m.bar == nil {
			m.a.say("cmd.phase." + string(p.Phase))
		}
	}
	if p.Sandbox != "" && p.Sandbox != m.level {
		m.level = p.Sandbox
		switch level := map[string]any{"Level": p.Sandbox}; {
		case engine.Level(p.Sandbox).Weak():
			m.a.say("cmd.scan.weak", level)
		case m.a.verbose:
			m.a.say("cmd.scan.sandbox", level)
		}
	}
	if m.bar != nil {
		m.draw(p)
	} else {
		m.line(p)
	}
}

func (m *meter) draw(p casework.Progress) {
	if p.Phase == casework.Looking {
		m.bar.ChangeMax64(max(p.Of, 1))
		m.bar.Describe(m.a.t("cmd.progress.pictures", map[string]any{"Pictures": p.Pictures, "Items": p.Items, "Of": p.Of}))
		_ = m.bar.Set64(min(p.Items, p.Of))
		return
	}
	text := m.a.t("cmd.progress.short", map[string]any{"Phase": m.a.t("cmd.phase." + string(p.Phase)),
		"Items": p.Items, "Of": p.Of, "Mentions": p.Mentions, "Gaps": p.Gaps})
	m.bar.Describe(text)
	if p.OfBytes > 0 {
		m.bar.ChangeMax64(p.OfBytes)
	}
	_ = m.bar.Set64(min(p.Bytes, p.OfBytes)) // a bar that cannot be drawn is no reason to stop
}

func (m *meter) line(p casework.Progress) {
	if p.Phase == casework.Looking && time.Since(m.lined) >= 30*time.Second {
		m.lined = time.Now()
		m.a.say("cmd.progress.pictures", map[string]any{"Pictures": p.Pictures, "Items": p.Items, "Of": p.Of})
	}
	if p.Phase != casework.Reading || p.OfBytes == 0 || p.Bytes == 0 {
		return
	}
	step := p.Bytes * 20 / p.OfBytes
	since := time.Since(m.lined)
	if since < 5*time.Second || step == m.step && since < 30*time.Second {
		return
	}
	m.step, m.lined = step, time.Now()
	spent := time.Since(m.began)
	left := time.Duration(float64(spent) * float64(p.OfBytes-p.Bytes) / float64(p.Bytes))
	m.a.say("cmd.progress.line", map[string]any{
		"Percent": fmt.Sprint(100 * p.Bytes / p.OfBytes), "Items": p.Items, "Of": p.Of,
		"Rate": fmt.Sprintf("%.1f", float64(p.Bytes)/1e6/max(spent.Seconds(), 0.001)), "Mentions": p.Mentions,
		"Gaps": p.Gaps, "Left": left.Round(time.Second).String(),
	})
}

// done takes the bar away.
func (m *meter) done() {
	if m.bar != nil {
		_ = m.bar.Finish()
	}
}
