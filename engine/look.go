package engine

import (
	"image"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// look makes the looker of a stage. What the parent knows of a picture is what
// it says; else it waits, and where the stage is to draw, goes to the parent.
func look(s Stage, job *Job, v *visit) extract.Looker {
	if s != Draw && len(job.Sights) == 0 {
		return nil
	}
	return func(p extract.Picture, draw func() (*image.Gray, error)) (extract.Sight, error) {
		known, ok := job.Sights[p]
		if !ok {
			known, ok = job.Sights[extract.Picture{Item: p.Item}]
		}
		if ok {
			return known, nil
		}
		waiting := extract.Sight{State: breach.OCRPending}
		if s != Draw {
			return waiting, nil
		}
		return waiting, v.drawn(p, draw)
	}
}

// drawn draws a picture and hands it to the parent.
func (v *visit) drawn(p extract.Picture, draw func() (*image.Gray, error)) error {
	row := &Picture{Job: v.job, Ordinal: v.open[len(v.open)-1].ordinal, Picture: p}
	img, err := draw()
	switch {
	case err != nil:
		row.Reason = breach.OCRFailed
	case !extract.Blank(img):
		row.Image = extract.Ready(img)
	}
	return v.write(row)
}
