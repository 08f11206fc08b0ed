package exchange

import (
	"slices"
	"strings"
)

// left names what nobody took, but for what says that nobody knows.
func (r *reading) left(path string, v any) {
	took, known := r.took[path]
	switch {
	case took || !known && nothing(v):
		return
	case known:
		r.read.Left = append(r.read.Left, path)
		return
	}
	m, ok := v.(map[string]any)
	if !ok || path != "" && len(m) == 0 {
		r.read.Left = append(r.read.Left, path)
		return
	}
	for name, inner := range m {
		if name == "unknown" && (inner == true || nothing(inner)) {
			continue
		}
		if !plainName(name) {
			name = "?" // a name that VERIS does not have may be anything
		}
		r.left(strings.TrimPrefix(path+"."+name, "."), inner)
	}
}

// noWords are what VERIS has for what nobody knows, or what there is none of: of
// regions and industries, zeros.
var noWords = []string{"", unknown, "NA", "0", "00", "000", "000000"}

// nothing reports whether a value says nothing.
func nothing(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return slices.Contains(noWords, v)
	case []any:
		return !slices.ContainsFunc(v, func(one any) bool { return !nothing(one) })
	case map[string]any:
		for _, one := range v {
			if !nothing(one) {
				return false
			}
		}
		return true
	}
	return false
}

// plainName reports whether a name is one that VERIS could have.
func plainName(name string) bool {
	return len(name) <= 40 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_- ") == ""
}
