package vc

import (
	"fmt"
	"math"
	"time"
)

// parseTime reads an XML Schema dateTimeStamp: the shape first, because the
// standard library's parser takes one-digit hours and a comma for the fraction.
func parseTime(s, member string) (time.Time, error) {
	if isDateTimeStamp(s) {
		if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%w: %s %.40q, want such as 2026-01-31T12:00:00Z", ErrTime, member, s)
}

// isDateTimeStamp checks dddd-dd-ddTdd:dd:dd, an optional fraction, and Z or an
// offset. Ranges are left to the parser, but for the offset's, which it takes
// up to 24:59.
func isDateTimeStamp(s string) bool {
	const shape = "dddd-dd-ddTdd:dd:dd"
	if len(s) < len(shape)+1 || len(s) > 40 || !hasShape(s[:len(shape)], shape) {
		return false
	}
	s = s[len(shape):]
	if s[0] == '.' {
		n := 1
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		if n == 1 || n > 10 {
			return false
		}
		s = s[n:]
	}
	if s == "Z" {
		return true
	}
	return hasShape(s, "+dd:dd") && (s[1:] <= "14:00") || hasShape(s, "-dd:dd") && s[1:] <= "14:00"
}

func hasShape(s, shape string) bool {
	if len(s) != len(shape) {
		return false
	}
	for i := range len(s) {
		if shape[i] == 'd' && !isDigit(s[i]) || shape[i] != 'd' && s[i] != shape[i] {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// maxNumericDate is the last second of the year 9999. A larger number is
// milliseconds, or an overflow in waiting.
const maxNumericDate = 253402300799

// numericDate turns a NumericDate (RFC 7519 section 2) into a time, with its
// fraction.
func numericDate(f float64, claim string) (time.Time, error) {
	if f < 0 || f > maxNumericDate || math.IsNaN(f) {
		return time.Time{}, fmt.Errorf("%w: %s %v, want seconds since 1970 up to the year 9999", ErrTime, claim, f)
	}
	sec, frac := math.Modf(f)
	return time.Unix(int64(sec), int64(frac*1e9)).UTC(), nil
}

// formatTime writes a time as credentials issued here have it: UTC, whole
// seconds, 20 characters.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
