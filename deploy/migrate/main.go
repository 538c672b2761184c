// Command migrate brings the database to the schema of this release: goose, under goose's own lock.
//
// goose's command line takes no lock, its library does: of any number that start at once, one migrates and the
// others wait, then find nothing to do. Everything else is goose's: files, table, order, transactions.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

const (
	usage = `migrate [up]          apply what is missing (all, in order)
migrate status        tell what is applied; exit 3 when something is missing
migrate down-to N     undo what is newer than version N, newest first

CVEVAL_DATABASE_URL   The database: postgresql://user:password@host/database. (required)
CVEVAL_MIGRATIONS     The folder with the migrations, set where they are not in the image's. (/migrations)`

	askAgain      = 1   // seconds between two tries for the lock
	tries         = 900 // a quarter of an hour: the one that holds it may be building an index
	missing       = 3
	wrongArgument = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	code, err := run(ctx, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "migrate failed; services of this release wait until it succeeds:", err)
	}
	os.Exit(code)
}

func run(ctx context.Context, arguments []string) (int, error) {
	if len(arguments) == 0 {
		arguments = []string{"up"}
	}
	database, err := open()
	if err != nil {
		return 1, err
	}
	defer database.Close()
	provider, err := newProvider(database)
	if err != nil {
		return 1, err
	}
	switch {
	case len(arguments) == 1 && arguments[0] == "up":
		return up(ctx, provider)
	case len(arguments) == 1 && arguments[0] == "status":
		return status(ctx, provider)
	case len(arguments) == 2 && arguments[0] == "down-to":
		return downTo(ctx, provider, arguments[1])
	default:
		fmt.Fprintln(os.Stderr, usage)
		return wrongArgument, nil
	}
}

func open() (*sql.DB, error) {
	url := os.Getenv("CVEVAL_DATABASE_URL")
	if url == "" {
		return nil, errors.New("CVEVAL_DATABASE_URL is not set; write postgresql://user:password@host/database")
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// Its text would repeat the address, and so the password.
		return nil, errors.New("CVEVAL_DATABASE_URL is no address of a Postgres; write postgresql://user:password@host/database")
	}
	config.RuntimeParams["application_name"] = "cveval-migrate"
	return stdlib.OpenDB(*config), nil
}

func newProvider(database *sql.DB) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(askAgain, tries))
	if err != nil {
		return nil, err
	}
	folder := os.Getenv("CVEVAL_MIGRATIONS")
	if folder == "" {
		folder = "/migrations"
	}
	return goose.NewProvider(goose.DialectPostgres, database, os.DirFS(folder), goose.WithSessionLocker(locker))
}

func up(ctx context.Context, provider *goose.Provider) (int, error) {
	results, err := provider.Up(ctx)
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		results = append(partial.Applied, partial.Failed)
	}
	show(results)
	if err != nil {
		return 1, err
	}
	version, err := provider.GetDBVersion(ctx)
	if err != nil {
		return 1, err
	}
	fmt.Printf("the database is at version %d; %d applied now\n", version, len(results))
	return 0, nil
}

func status(ctx context.Context, provider *goose.Provider) (int, error) {
	all, err := provider.Status(ctx)
	if err != nil {
		return 1, err
	}
	code := 0
	for _, one := range all {
		fmt.Printf("%-8s %s\n", one.State, one.Source.Path)
		if one.State == goose.StatePending {
			code = missing
		}
	}
	return code, nil
}

func downTo(ctx context.Context, provider *goose.Provider, argument string) (int, error) {
	version, err := strconv.ParseInt(argument, 10, 64)
	if err != nil {
		return wrongArgument, fmt.Errorf("%q is no version", argument)
	}
	results, err := provider.DownTo(ctx, version)
	show(results)
	if err != nil {
		return 1, err
	}
	return 0, nil
}

func show(results []*goose.MigrationResult) {
	for _, result := range results {
		fmt.Println(result)
	}
}
