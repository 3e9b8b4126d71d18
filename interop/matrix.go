package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// tally is what a verifier made of one maker's examples of one format and key.
type tally struct {
	good, accepted   int
	altered, refused int
	missed           []string // the alterations that were accepted
}

// matrix prints both tables and fails where Taper did not take what is good and
// refuse what is not.
func matrix(dir string) error {
	var ours, theirs []example
	var oursOfTheirs, theirsOfOurs []verdict
	for name, into := range map[string]any{
		"ours.json": &ours, "theirs.json": &theirs, "ours-of-theirs.json": &oursOfTheirs, "theirs-of-ours.json": &theirsOfOurs,
	} {
		if err := read(dir, name, into); err != nil {
			return err
		}
	}
	first, _ := table(ours, theirsOfOurs, func(v verdict) string { return v.By })
	second, wrong := table(theirs, oursOfTheirs, func(v verdict) string { return v.Maker })
	_, err := os.Stdout.WriteString("Taper's, verified by others:\n\n" + first + "\nOthers', verified by Taper:\n\n" + second)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return fmt.Errorf("taper is wrong about %d:\n%s", len(wrong), strings.Join(wrong, "\n"))
	}
	return nil
}

// table has a row for every format and key and a column for every peer. Beside it
// are the verdicts that are wrong.
func table(examples []example, verdicts []verdict, column func(verdict) string) (text string, wrong []string) {
	byName := make(map[string]example)
	for _, e := range examples {
		byName[e.Maker+e.Name] = e
	}
	var order []string
	cells := make(map[string]map[string]*tally)
	columns := make(map[string]bool)
	for _, v := range verdicts {
		e := byName[v.Maker+v.Name]
		r, c := e.Kind+" | "+e.Format+" | "+e.Key, column(v)
		if cells[r] == nil {
			cells[r] = make(map[string]*tally)
			order = append(order, r)
		}
		if cells[r][c] == nil {
			cells[r][c] = new(tally)
		}
		columns[c] = true
		if !cells[r][c].add(e, v) {
			wrong = append(wrong, fmt.Sprintf("%s: %s: accepted %t: %s", v.Maker, v.Name, v.Accepted, v.Why))
		}
	}
	names := slices.Sorted(maps.Keys(columns))
	text = "| what | format | key | " + strings.Join(names, " | ") + " |\n| --- | --- | --- |" + strings.Repeat(" --- |", len(names)) + "\n"
	for _, r := range order {
		text += "| " + r + " |"
		for _, name := range names {
			text += " " + cells[r][name].String() + " |"
		}
		text += "\n"
	}
	return text, wrong
}

// add counts a verdict and reports whether it is right.
func (t *tally) add(e example, v verdict) bool {
	if e.Altered == "" {
		t.good++
		if v.Accepted {
			t.accepted++
		}
		return v.Accepted
	}
	t.altered++
	if !v.Accepted {
		t.refused++
	} else {
		t.missed = append(t.missed, e.Altered)
	}
	return !v.Accepted
}

// String is the cell: whether what is good was accepted, how many of the altered
// copies were refused, and which were not.
func (t *tally) String() string {
	if t == nil {
		return ""
	}
	text := "**no**"
	if t.accepted == t.good {
		text = "yes"
	}
	text += fmt.Sprintf(", %d/%d", t.refused, t.altered)
	if len(t.missed) > 0 {
		slices.Sort(t.missed)
		text += " (**" + strings.Join(t.missed, "**, **") + "**)"
	}
	return text
}
