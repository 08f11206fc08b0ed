package draft

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Shape is the form of one authority: its headings in its own language and
// order, and which fields each of them takes.
type Shape struct {
	ID      string // "se-imy"
	Country string
	Lang    string
	heading string
	items   []item
}

// item is one question of a shape.
type item struct {
	part   string // the heading that it stands under
	number string // as the authority's own form shows it
	title  string
	fields []ID
}

// Title names the form in its own language.
func (s Shape) Title() string { return s.heading }

// Fields lists the fields that the shape takes, in its order.
func (s Shape) Fields() []ID {
	var list []ID
	for _, i := range s.items {
		list = append(list, i.fields...)
	}
	return list
}

var shapes = sync.OnceValue(func() []Shape {
	var list []Shape
	for r := range rows("shapes") {
		s := Shape{ID: r["id"], Country: r["country"], Lang: r["lang"], heading: r["title"]}
		for i := range rows("shapes/" + s.ID) {
			var fields []ID
			for id := range strings.FieldsSeq(i["fields"]) {
				if _, ok := FieldOf(ID(id)); !ok {
					panic(fmt.Sprintf("draft: shape %s: no field %q", s.ID, id))
				}
				fields = append(fields, ID(id))
			}
			s.items = append(s.items, item{i["part"], i["number"], i["title"], fields})
		}
		list = append(list, s)
	}
	return list
})

// Shapes lists the forms of a country's authorities; of all of them for "".
func Shapes(country string) []Shape {
	return slices.DeleteFunc(slices.Clone(shapes()), func(s Shape) bool { return country != "" && s.Country != country })
}

// ShapeOf finds a shape by its id.
func ShapeOf(id string) (Shape, bool) {
	i := slices.IndexFunc(shapes(), func(s Shape) bool { return s.ID == id })
	if i < 0 {
		return Shape{}, false
	}
	return shapes()[i], true
}
