package web

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

// letterStep notes what became of letters, and shows them again, or why not.
func (v *visit) letterStep(step func(casePage, casework.Notice) error) error {
	base, n, err := v.theNotice()
	if err == nil {
		err = step(base, n)
	}
	if isRefusal(err) {
		return v.lettersForm(err)
	}
	if err != nil {
		return err
	}
	return v.redirect(noticePath(base, n) + "/letters")
}

// keepLetterReceipt takes in what a print house says of a batch. The batch comes
// before the file.
func keepLetterReceipt(v *visit) error {
	return v.letterStep(func(base casePage, n casework.Notice) error {
		form, err := v.MultipartReader()
		if err != nil {
			return &breach.Refusal{Key: "refusal.upload-none", Err: err}
		}
		batch := ""
		for {
			part, err := form.NextPart()
			switch {
			case errors.Is(err, io.EOF):
				return &breach.Refusal{Key: "refusal.upload-none"}
			case err != nil:
				return err
			case part.FormName() == "batch":
				raw, err := io.ReadAll(io.LimitReader(part, 20))
				if err != nil {
					return err
				}
				batch = strings.ToUpper(string(raw))
			case part.FileName() != "":
				_, err := v.desk().TakeReceipt(v.Context(), base.Case.ID, n, batch, part)
				return err
			}
		}
	})
}

// postLetters notes that a batch was handed to the post as a whole.
func postLetters(v *visit) error {
	return v.letterStep(func(base casePage, n casework.Notice) error {
		_, err := v.desk().PostBatch(v.Context(), base.Case.ID, n, strings.ToUpper(v.PostFormValue("batch")))
		return err
	})
}

// returnLetters notes what came back, by the codes on the sheets.
func returnLetters(v *visit) error {
	return v.letterStep(func(base casePage, n casework.Notice) error {
		codes := strings.Fields(strings.ToUpper(v.PostFormValue("codes")))
		if strings.TrimSpace(v.PostFormValue("why")) == "" {
			return &breach.Refusal{Key: "refusal.decision-without-reason"}
		}
		all, err := v.desk().ReturnLetters(v.Context(), base.Case.ID, n, codes, v.PostFormValue("why"))
		if err != nil {
			return err
		}
		var odd []string
		for _, batch := range slices.Sorted(maps.Keys(all)) {
			if numbers := ranges(slices.Sorted(slices.Values(slices.Concat(all[batch].Unknown, all[batch].Conflict)))); numbers != "" {
				odd = append(odd, batch+": "+numbers)
			}
		}
		if len(odd) > 0 {
			return &breach.Refusal{Key: "refusal.letters-not-returned", Args: map[string]any{"Numbers": strings.Join(odd, "; ")}}
		}
		return nil
	})
}

// cutOff ends an answer that cannot be gone on with: the browser sees that it is
// not whole.
func (v *visit) cutOff(err error) error {
	v.Log.Error("an answer was cut off", "request", v.id(), "route", v.Pattern, "error", err.Error())
	panic(http.ErrAbortHandler)
}
