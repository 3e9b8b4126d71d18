package delegation

import (
	"errors"
	"fmt"
)

// maxElements is the most elements of an array and names of a map.
const maxElements = 64

var errEmpty = errors.New("it is empty")

func errCount(n int) error { return fmt.Errorf("%d elements, want 1 to %d", n, maxElements) }

// placed says where err is.
func placed(where string, err error) error { return fmt.Errorf("%s: %w", where, err) }

// checkList refuses a list that is absent, empty, too long, or has one text twice.
func checkList(list []string) error {
	n := len(list)
	if n == 0 || n > maxElements {
		return errCount(n)
	}
	if n <= 8 {
		for i, s := range list {
			for _, t := range list[:i] {
				if s == t {
					return errTwice(s)
				}
			}
		}
		return nil
	}
	seen := make(map[string]bool, n)
	for _, s := range list {
		if seen[s] {
			return errTwice(s)
		}
		seen[s] = true
	}
	return nil
}

func errTwice(s string) error { return fmt.Errorf("%s occurs twice", quote(s)) }

// checkDistinct refuses two of n elements whose normal forms, which appended
// writes, are equal.
func checkDistinct(n int, appended func(b []byte, i int) []byte) error {
	if n < 2 {
		return nil
	}
	seen := make(map[string]int, n)
	var buf []byte
	for i := range n {
		buf = appended(buf[:0], i)
		if first, ok := seen[string(buf)]; ok {
			return fmt.Errorf("elements %d and %d are the same", first, i)
		}
		seen[string(buf)] = i
	}
	return nil
}
