"""Mimesis or Faker into PostgreSQL by COPY, as one would write it: prints seconds.

rivals.py (mimesis|faker) URL ROWS
"""

import datetime
import sys
import time

import psycopg


def mimesis_rows(count):
    from mimesis import Address, Datetime, Locale, Numeric, Person

    person, address = Person(Locale.EN), Address(Locale.EN)
    moment, numeric = Datetime(), Numeric()
    for number in range(1, count + 1):
        yield (
            number,
            person.first_name(),
            person.last_name(),
            person.email(unique=True),
            person.telephone(),
            address.address(),
            address.city(),
            address.country(),
            moment.datetime(start=2024, end=2025, timezone="UTC"),
            numeric.decimal_number(start=0, end=5000),
        )


def faker_rows(count):
    from faker import Faker

    fake = Faker("en_US")
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
    end = datetime.datetime(2025, 12, 31, tzinfo=datetime.timezone.utc)
    for number in range(1, count + 1):
        yield (
            number,
            fake.first_name(),
            fake.last_name(),
            fake.unique.email(),
            fake.phone_number(),
            fake.street_address(),
            fake.city(),
            fake.country(),
            fake.date_time_between(start, end, tzinfo=datetime.timezone.utc),
            fake.pydecimal(min_value=0, max_value=5000, right_digits=2),
        )


def main(tool, url, count):
    rows = {"mimesis": mimesis_rows, "faker": faker_rows}[tool](count)
    with psycopg.connect(url) as connection:
        connection.execute("TRUNCATE customers, orders")
        begun = time.monotonic()
        with connection.cursor().copy("COPY customers FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        print(time.monotonic() - begun)


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
