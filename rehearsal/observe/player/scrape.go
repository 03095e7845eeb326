package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// page is what the target says of one moment.
type page struct {
	at    time.Time
	step  time.Duration
	rules bool
	body  []byte
	err   error
}

// ahead is how many pages are fetched while rules are evaluated.
const ahead = 8

// fetched gets the pages of all phases in their order.
func fetched(plan Plan) <-chan page {
	pages := make(chan page, ahead)
	go func() {
		defer close(pages)
		for _, phase := range plan.Phases {
			for seconds := phase.From; seconds < phase.To || phase.To == 0 && seconds <= now(); seconds += phase.Step {
				next := page{
					at: time.UnixMilli(int64(seconds * 1000)), rules: phase.Rules,
					step: time.Duration(phase.Step * float64(time.Second)),
				}
				next.body, next.err = fetch(fmt.Sprintf("%s?at=%.3f", plan.Pages, seconds))
				pages <- next
				if next.err != nil {
					return
				}
			}
		}
	}()
	return pages
}

func now() float64 { return float64(time.Now().UnixMilli()) / 1000 }

func fetch(address string) ([]byte, error) {
	answer, err := http.Get(address)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.300s", address, answer.Status, body)
	}
	return body, err
}

// known is a series that the target told before.
type known struct {
	ref    storage.SeriesRef
	labels labels.Labels
	at     time.Time
}

// target is what is scraped; as Prometheus does, it marks a series stale that is no longer told.
type target struct {
	labels  map[string]string
	storage *tsdb.DB
	symbols *labels.SymbolTable
	series  map[string]*known
}

func newTarget(own map[string]string, db *tsdb.DB) *target {
	return &target{labels: own, storage: db, symbols: labels.NewSymbolTable(), series: map[string]*known{}}
}

// take stores a page's samples.
func (t *target) take(body []byte, at time.Time) error {
	appender := t.storage.Appender(context.Background())
	parser := textparse.NewPromParser(body, t.symbols, false)
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("page of %s: %w", at.UTC(), err)
		}
		if entry != textparse.EntrySeries {
			continue
		}
		text, _, number := parser.Series()
		series := t.series[string(text)]
		if series == nil {
			var told labels.Labels
			parser.Labels(&told)
			series = &known{labels: t.labelled(told)}
			t.series[string(text)] = series
		}
		if series.at.Equal(at) {
			return fmt.Errorf("page of %s: %s stands there twice", at.UTC(), text)
		}
		series.at = at
		if series.ref, err = appender.Append(series.ref, series.labels, at.UnixMilli(), number); err != nil {
			return fmt.Errorf("page of %s: %s: %w", at.UTC(), text, err)
		}
	}
	stale := math.Float64frombits(value.StaleNaN)
	for text, series := range t.series {
		if series.at.Equal(at) {
			continue
		}
		if _, err := appender.Append(series.ref, series.labels, at.UnixMilli(), stale); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
		delete(t.series, text)
	}
	return appender.Commit()
}

// labelled adds the target's own labels where the page does not have them, as honor_labels does.
func (t *target) labelled(told labels.Labels) labels.Labels {
	builder := labels.NewBuilder(told)
	for name, text := range t.labels {
		if told.Get(name) == "" {
			builder.Set(name, text)
		}
	}
	return builder.Labels()
}
