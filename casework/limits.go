package casework

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/extract"
)

// Limits are limits of reading by name: bytes, counts, or nanoseconds.
type Limits map[string]int64

// limit is one that a user may set.
type limit struct {
	name    string
	hit     []breach.Reason // that an item has which it stopped
	unit    limitUnit
	usually func(extract.Limits) int64 // nil for times
	pool    func(*engine.Pool, time.Duration)
}

type limitUnit uint8

const (
	counts limitUnit = iota
	byBytes
	byTime
)

func limits() []limit {
	unpacked := []breach.Reason{breach.BombRatio, breach.BudgetTotal}
	return []limit{
		{name: "depth", hit: []breach.Reason{breach.Nesting}, usually: func(l extract.Limits) int64 { return int64(l.Depth) }},
		{name: "entries", hit: []breach.Reason{breach.EntryCount}, usually: func(l extract.Limits) int64 { return int64(l.Entries) }},
		{name: "member", hit: unpacked, unit: byBytes, usually: func(l extract.Limits) int64 { return l.Member }},
		{name: "ratio", hit: unpacked, usually: func(l extract.Limits) int64 { return l.Ratio }},
		{name: "total", hit: unpacked, unit: byBytes, usually: func(l extract.Limits) int64 { return l.Total }},
		{name: "text", hit: []breach.Reason{breach.TextBudget}, unit: byBytes, usually: func(l extract.Limits) int64 { return l.Text }},
		{name: "all-text", hit: []breach.Reason{breach.TextBudget}, unit: byBytes, usually: func(l extract.Limits) int64 { return l.AllText }},
		{name: "time", hit: []breach.Reason{breach.Timeout}, unit: byTime, pool: func(p *engine.Pool, t time.Duration) { p.Longest = t }},
		{name: "quiet", hit: []breach.Reason{breach.Timeout}, unit: byTime, pool: func(p *engine.Pool, t time.Duration) { p.Quiet = t }},
	}
}

// LimitNames lists the limits by name.
func LimitNames() []string {
	var names []string
	for _, l := range limits() {
		names = append(names, l.name)
	}
	return names
}

// ParseLimits reads limits as a user writes them: "depth=20", "text=2GB",
// "time=30m". A kB is 1,000 bytes.
func ParseLimits(args []string) (Limits, error) {
	set := Limits{}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		i := slices.Index(LimitNames(), name)
		n := int64(0)
		if i >= 0 {
			n = limits()[i].parse(value)
		}
		if n <= 0 {
			return nil, &breach.Refusal{Key: "refusal.bad-limit", Args: map[string]any{"Value": arg, "Names": strings.Join(LimitNames(), ", ")}}
		}
		set[name] = n
	}
	return set, nil
}

// parse reads a value; 0 where it is none.
func (l limit) parse(value string) int64 {
	if l.unit == byTime {
		t, err := time.ParseDuration(value)
		if err != nil {
			return 0
		}
		return int64(t)
	}
	factor := int64(1)
	if l.unit == byBytes {
		for unit, f := range map[string]int64{"kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12} {
			if number, ok := strings.CutSuffix(value, unit); ok {
				value, factor = number, f
			}
		}
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n > math.MaxInt64/factor || l.unit == counts && n > math.MaxInt32 {
		return 0
	}
	return n * factor
}

// value is what a limit is where these are set.
func (l limit) value(set Limits) int64 {
	if n := set[l.name]; n > 0 {
		return n
	}
	switch {
	case l.usually != nil:
		return l.usually(extract.Limits{}.Defaults())
	case l.name == "quiet":
		return int64(engine.UsualQuiet)
	}
	return int64(engine.UsualLongest)
}

// limitsSummary names the summary that holds the limits that a case is read
// with: whatever reads a file again does it with the same.
const limitsSummary = "limits"

// triedLimits names the summary that holds those that a folder was read with.
func triedLimits(root int64) string { return fmt.Sprintf("limits of %d", root) }

// setLimits keeps the limits of a scan for the case, and lets everything that
// hit a limit which is now higher be read anew, and nothing else.
func (s *scan) setLimits(ctx context.Context) error {
	now, tried := Limits{}, Limits{}
	if _, err := s.d.Store.Summary(ctx, s.g, limitsSummary, &now); err != nil {
		return err
	}
	if _, err := s.d.Store.Summary(ctx, s.g, triedLimits(s.root), &tried); err != nil {
		return err
	}
	maps.Copy(now, s.o.Limits)
	var hit []breach.Reason
	for _, l := range limits() {
		if l.value(now) > l.value(tried) {
			hit = append(hit, l.hit...)
		}
	}
	if len(hit) > 0 {
		if err := s.d.Store.ForgetUnread(ctx, s.g, s.root, hit); err != nil {
			return err
		}
	}
	if err := s.d.Store.SetSummary(ctx, s.g, limitsSummary, now); err != nil {
		return err
	}
	return s.d.Store.SetSummary(ctx, s.g, triedLimits(s.root), now)
}

// limit readies a pool for the limits of a case.
func (d *Desk) limit(ctx context.Context, g auth.Grant, p *pool) error {
	set := Limits{}
	if _, err := d.Store.Summary(ctx, g, limitsSummary, &set); err != nil {
		return err
	}
	for _, l := range limits() {
		n := set[l.name]
		switch {
		case n <= 0:
		case l.pool != nil:
			l.pool(&p.Pool, time.Duration(n))
		default:
			p.Command = append(p.Command, "--limit", l.name+"="+strconv.FormatInt(n, 10))
		}
	}
	return nil
}
