package pdftext

import "math"

// matrix maps (x, y) to (ax+cy+e, bx+dy+f): ISO 32000-1, 8.3.3.
type matrix struct{ a, b, c, d, e, f float64 }

var identity = matrix{a: 1, d: 1}

// times gives the matrix that does m first and then n.
func (m matrix) times(n matrix) matrix {
	return matrix{
		m.a*n.a + m.b*n.c, m.a*n.b + m.b*n.d,
		m.c*n.a + m.d*n.c, m.c*n.b + m.d*n.d,
		m.e*n.a + m.f*n.c + n.e, m.e*n.b + m.f*n.d + n.f,
	}
}

func (m matrix) apply(x, y float64) (float64, float64) {
	return m.a*x + m.c*y + m.e, m.b*x + m.d*y + m.f
}

// inverse gives the matrix that undoes m; identity where nothing does.
func (m matrix) inverse() matrix {
	det := m.a*m.d - m.b*m.c
	if det == 0 {
		return identity
	}
	return matrix{
		m.d / det, -m.b / det, -m.c / det, m.a / det,
		(m.c*m.f - m.d*m.e) / det, (m.b*m.e - m.a*m.f) / det,
	}
}

// length is that of a vector, of numbers too small to overflow.
func length(x, y float64) float64 { return math.Sqrt(x*x + y*y) }

// along is how long a length along x becomes.
func (m matrix) along(x float64) float64 { return length(m.a, m.b) * math.Abs(x) }

// about is how long a length becomes, whatever its direction.
func (m matrix) about(x float64) float64 {
	return x * (length(m.a, m.b) + length(m.c, m.d)) / 2
}

// rect is a rectangle along the axes.
type rect struct{ left, bottom, right, top float64 }

func (r rect) ordered() rect {
	return rect{min(r.left, r.right), min(r.bottom, r.top), max(r.left, r.right), max(r.bottom, r.top)}
}

func (r rect) empty() bool     { return r.left >= r.right || r.bottom >= r.top }
func (r rect) width() float64  { return r.right - r.left }
func (r rect) height() float64 { return r.top - r.bottom }

func (r rect) intersect(s rect) rect {
	r = rect{max(r.left, s.left), max(r.bottom, s.bottom), min(r.right, s.right), min(r.top, s.top)}
	if r.left > r.right || r.bottom > r.top {
		return rect{}
	}
	return r
}

// box gives the rectangle along the axes that a rectangle comes into.
func (m matrix) box(r rect) rect {
	x0, x1 := m.a*r.left, m.a*r.right
	x2, x3 := m.c*r.bottom, m.c*r.top
	y0, y1 := m.b*r.left, m.b*r.right
	y2, y3 := m.d*r.bottom, m.d*r.top
	return rect{
		min(x0, x1) + min(x2, x3) + m.e, min(y0, y1) + min(y2, y3) + m.f,
		max(x0, x1) + max(x2, x3) + m.e, max(y0, y1) + max(y2, y3) + m.f,
	}
}

func (r rect) union(s rect) rect {
	return rect{min(r.left, s.left), min(r.bottom, s.bottom), max(r.right, s.right), max(r.top, s.top)}
}
