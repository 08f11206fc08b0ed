package web_test

import (
	"bytes"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/web"
)

func ExampleReport() {
	name := web.Cell{Bounds: web.Bounds{Grades: web.Grades{Proven: 12}, Upper: 14}}
	d := web.ReportData{
		Case: "The lost laptop", Evidence: "laptop.img", Generated: time.Date(2022, 9, 27, 14, 5, 0, 0, time.UTC), Version: "0.1.0",
		Exposed: name.Bounds,
		Groups:  []web.Group{{Name: "Pupils", Registered: 300, Any: name, Kinds: map[breach.Kind]web.Cell{breach.Name: name}}},
		Coverage: web.Coverage{
			States:  []web.StateCount{{State: breach.Read, Items: 40, Bytes: 1 << 20}, {State: breach.Encrypted, Items: 1, Bytes: 4096}},
			Types:   []web.PartCount{{Name: "docx", Items: 40, Bytes: 1 << 20}, {Name: "zip", Items: 1, Bytes: 4096, Gaps: 1}},
			Folders: []web.PartCount{{Items: 41, Bytes: 1<<20 + 4096, Gaps: 1}},
			Sizes:   []web.PartCount{{Name: "10kB", Items: 1, Bytes: 4096, Gaps: 1}, {Name: "100kB", Items: 40, Bytes: 1 << 20}},
		},
	}
	var page bytes.Buffer
	err := web.Report(&page, d, "en")
	fmt.Println(err, bytes.Contains(page.Bytes(), []byte("12–14")))
	// Output: <nil> true
}
