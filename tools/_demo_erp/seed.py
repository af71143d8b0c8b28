# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the demo company in a Tryton database; runs in the ERP's own environment, never inside Baton.

    python seed.py modules --config trytond.conf --database build --credentials credentials.json
    python seed.py company --config trytond.conf --database build --credentials credentials.json

"Ateliers Valmont" makes small industrial pumps in Lyon (WH) and keeps a second warehouse in Lille (WH-LIL).
A customer may ask for 120 PMP-200: 34 are there and 10 of them are promised, so 96 must be made, and the
mechanical seals for them are short. Dates are relative to `--today`, so the story always looks current.
"""
# mypy: ignore-errors
# Tryton is not installed where the product is type-checked.

import argparse
import datetime as dt
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

MODULES = [
    *("party", "product", "company", "sale", "sale_opportunity", "stock", "stock_supply", "production"),
    *("stock_supply_production", "purchase", "purchase_request", "carrier", "carrier_weight"),
    *("product_measurements", "stock_shipment_measurements", "stock_shipment_cost", "sale_shipment_cost"),
]

COUNTRIES = {"FR": "France", "DE": "Germany", "NL": "Netherlands", "BE": "Belgium"}

# kind (F finished, S sub-assembly, C bought component), code, name, kg, list price, cost price
PRODUCTS = [
    ("F", "PMP-100", "Centrifugal pump 100", 14.0, "410", "205"),
    ("F", "PMP-200", "Centrifugal pump 200", 22.0, "690", "338"),
    ("F", "PMP-300", "Centrifugal pump 300 inox", 31.0, "1180", "590"),
    ("F", "DOS-050", "Dosing unit 50 l/h", 9.0, "520", "240"),
    ("F", "KIT-SRV", "Service kit", 1.2, "95", "38"),
    ("S", "SUB-MOT", "Motor block 1.5 kW, mounted", 9.5, "260", "160"),
    ("S", "SUB-HYD", "Hydraulic block", 6.0, "150", "82"),
    ("C", "CMP-MOT15", "Electric motor 1.5 kW", 8.0, "0", "118"),
    ("C", "CMP-CAS-AL", "Casing, aluminium", 4.0, "0", "29"),
    ("C", "CMP-CAS-IN", "Casing, stainless", 7.5, "0", "96"),
    ("C", "CMP-IMP", "Impeller", 1.1, "0", "21"),
    ("C", "CMP-SEAL", "Mechanical seal", 0.1, "0", "14"),
    ("C", "CMP-BRG", "Ball bearing 6204", 0.1, "0", "3.2"),
    ("C", "CMP-CTRL", "Controller board", 0.2, "0", "61"),
    ("C", "CMP-BOX", "Carton and foam", 0.6, "0", "4.5"),
]

# output: ({input: quantity}, days that a production takes)
BOMS = {
    "SUB-MOT": ({"CMP-MOT15": 1, "CMP-BRG": 2}, 1),
    "SUB-HYD": ({"CMP-CAS-AL": 1, "CMP-IMP": 1, "CMP-SEAL": 1}, 1),
    "PMP-100": ({"CMP-MOT15": 1, "CMP-CAS-AL": 1, "CMP-IMP": 1, "CMP-SEAL": 1, "CMP-BOX": 1}, 2),
    "PMP-200": ({"SUB-MOT": 1, "SUB-HYD": 1, "CMP-SEAL": 1, "CMP-BRG": 2, "CMP-BOX": 1}, 3),
    "PMP-300": ({"SUB-MOT": 1, "CMP-CAS-IN": 1, "CMP-IMP": 2, "CMP-SEAL": 2, "CMP-BOX": 1}, 4),
    "DOS-050": ({"CMP-CTRL": 1, "CMP-IMP": 1, "CMP-SEAL": 1, "CMP-BOX": 1}, 2),
    "KIT-SRV": ({"CMP-SEAL": 2, "CMP-BRG": 2, "CMP-BOX": 1}, 1),
}

STOCK = {
    "WH": {
        "PMP-100": 60,
        "PMP-200": 22,
        "PMP-300": 8,
        "DOS-050": 25,
        "KIT-SRV": 140,
        "SUB-MOT": 40,
        "SUB-HYD": 30,
        "CMP-MOT15": 90,
        "CMP-CAS-AL": 120,
        "CMP-CAS-IN": 15,
        "CMP-IMP": 160,
        "CMP-SEAL": 70,
        "CMP-BRG": 400,
        "CMP-CTRL": 30,
        "CMP-BOX": 300,
    },
    "WH-LIL": {"PMP-100": 20, "PMP-200": 12, "KIT-SRV": 40},
}

# name, town, postal code, country
CUSTOMERS = [
    ("Brasserie du Nord", "Lille", "59000", "FR"),
    ("Aqualia Services", "Lyon", "69003", "FR"),
    ("Chimie Rhone SAS", "Vienne", "38200", "FR"),
    ("Laiterie des Alpes", "Annecy", "74000", "FR"),
    ("Stadtwerke Freiburg", "Freiburg", "79098", "DE"),
    ("Hydrotec GmbH", "Stuttgart", "70173", "DE"),
    ("Van den Berg Waterbouw", "Rotterdam", "3011", "NL"),
    ("Papeterie Lefevre", "Arras", "62000", "FR"),
    ("Piscines Azur", "Nice", "06000", "FR"),
    ("Agro Bretagne", "Rennes", "35000", "FR"),
    ("Fonderie Mercier", "Saint-Etienne", "42000", "FR"),
    ("Municipal Water Antwerp", "Antwerp", "2000", "BE"),
]

# name, country, [(component, price, days)]
SUPPLIERS = [
    ("Moteurs Leroux", "FR", [("CMP-MOT15", "118", 10)]),
    ("Fonderie Delage", "FR", [("CMP-CAS-AL", "29", 7), ("CMP-CAS-IN", "96", 14), ("CMP-IMP", "21", 7)]),
    ("SealTech BV", "NL", [("CMP-SEAL", "14", 6), ("CMP-BRG", "3.4", 6)]),
    ("Roulements Express", "FR", [("CMP-BRG", "3.2", 3), ("CMP-SEAL", "17.5", 2)]),
    ("Electronique Sud", "FR", [("CMP-CTRL", "61", 12)]),
    ("Cartonnages Martin", "FR", [("CMP-BOX", "4.5", 4)]),
]

# how it is replenished, product, minimum, target (0, 0: exactly what is missing)
ORDER_POINTS = [
    ("purchase", "CMP-SEAL", 50, 200),
    ("purchase", "CMP-BRG", 150, 500),
    ("purchase", "CMP-MOT15", 40, 120),
    ("purchase", "CMP-CAS-AL", 40, 150),
    ("purchase", "CMP-IMP", 50, 200),
    ("purchase", "CMP-BOX", 100, 400),
    ("production", "PMP-100", 20, 60),
    ("production", "KIT-SRV", 50, 150),
    ("production", "SUB-MOT", 0, 0),
    ("production", "SUB-HYD", 0, 0),
    ("production", "PMP-200", 0, 0),
]

# name, service, [(from kg, price)]
CARRIERS = [
    ("Rapid Express 24h", "Express delivery", [(0, 18), (20, 45), (100, 190), (500, 820), (2000, 2900)]),
    ("TransEurope Road", "Road delivery 3 days", [(0, 12), (20, 24), (100, 75), (500, 260), (2000, 780)]),
    ("Fret Palettes", "Pallet freight 6 days", [(0, 60), (100, 60), (500, 140), (2000, 410)]),
]

# customer, title, amount, probability in percent, state, days ago, [(product, quantity)]
OPPORTUNITIES = [
    ("Stadtwerke Freiburg", "Renewal of pumping station 4", "82800", 60, "opportunity", 21, [("PMP-200", 120)]),
    ("Municipal Water Antwerp", "Dosing units for 3 plants", "15600", 40, "opportunity", 12, [("DOS-050", 30)]),
    ("Papeterie Lefevre", "Stainless pumps, line 2", "9440", 75, "opportunity", 9, [("PMP-300", 8)]),
    ("Hydrotec GmbH", "Reseller contract 2027", "41000", 25, "lead", 5, []),
    (None, "Trade fair contact: brewery in Ghent", None, None, "lead", 3, []),
    ("Agro Bretagne", "Irrigation pumps", "24600", 10, "lost", 60, [("PMP-100", 60)]),
]

# customer, their reference, ships in days, state, carrier, [(product, quantity)]
SALES = [
    ("Brasserie du Nord", "BC-2231", 4, "processing", 1, [("PMP-200", 10), ("KIT-SRV", 10)]),
    ("Aqualia Services", "PO-88120", 7, "processing", 1, [("PMP-100", 15)]),
    ("Chimie Rhone SAS", "C4471", 10, "confirmed", 1, [("DOS-050", 6)]),
    ("Laiterie des Alpes", "LA-0091", 14, "quotation", 0, [("PMP-100", 4), ("KIT-SRV", 4)]),
    ("Van den Berg Waterbouw", "NL-5521", 20, "quotation", 2, [("PMP-300", 6)]),
    ("Piscines Azur", "", 9, "draft", 1, [("DOS-050", 12)]),
    ("Fonderie Mercier", "FM-17", 2, "processing", 0, [("KIT-SRV", 25)]),
]
SALE_STEPS = {"draft": [], "quotation": ["quote"], "confirmed": ["quote", "confirm"]}
SALE_STEPS["processing"] = [*SALE_STEPS["confirmed"], "process"]

# what Baton's own user may do: read and draft sales, opportunities, stock, productions and purchases
GROUPS = [
    "sale.group_sale",
    "sale_opportunity.group_opportunity",
    "stock.group_stock",
    "production.group_production",
    "purchase.group_purchase",
    "purchase_request.group_purchase_request",
]


@dataclass
class Demo:
    """What the following steps need of the records made so far."""

    today: dt.date
    company: Any = None
    euro: Any = None
    unit: Any = None
    kilogram: Any = None
    category: Any = None
    term: Any = None
    countries: dict[str, Any] = field(default_factory=dict)
    warehouses: dict[str, Any] = field(default_factory=dict)
    products: dict[str, Any] = field(default_factory=dict)
    customers: dict[str, Any] = field(default_factory=dict)
    suppliers: dict[str, Any] = field(default_factory=dict)
    carriers: list[Any] = field(default_factory=list)


def model(name: str) -> Any:
    from proteus import Model

    return Model.get(name)


def wizard(name: str) -> Any:
    from proteus import Wizard

    return Wizard(name)


def found(name: str, *domain: tuple[str, str, Any]) -> Any:
    """The first record that fits; a missing one is a fault of this script."""
    return model(name).find(list(domain), limit=1)[0]


def by_xml_id(name: str, fs_id: str) -> Any:
    from proteus.config import get_config

    return model(name)(model("ir.model.data").get_id(fs_id, get_config().context))


def saved(record: Any) -> Any:
    record.save()
    return record


def install_modules(config: str, database: str, password: str) -> None:
    """Create the tables of all modules and the records that they bring."""
    sys.argv = ["trytond-admin", "-c", config, "-d", database, "--activate-dependencies"]
    sys.argv += ["--email", "demo@example.com", "-p", "-u", *MODULES]
    from trytond import admin, commandline
    from trytond import config as settings

    options = commandline.get_parser_admin().parse_args()
    options.indexes = True
    settings.update_etc(options.configfile)
    admin.getpass = lambda _question: password
    with _unchecked():
        admin.run(options)


@contextmanager
def _unchecked() -> Iterator[None]:
    """Take the records that come with the modules as valid: checking Tryton's own again takes half the time."""
    from trytond.model.modelstorage import ModelStorage

    checked = ModelStorage.__dict__["_validate"]
    ModelStorage._validate = classmethod(lambda cls, records, field_names=None: None)
    try:
        yield
    finally:
        ModelStorage._validate = checked


def load_company(config: str, database: str, today: dt.date, login: str, password: str) -> None:
    from proteus.config import set_trytond

    connection = set_trytond(database, config_file=config)
    demo = Demo(today)
    add_company(demo)
    connection._context = model("res.user").get_preferences(True, {})
    accounts = add_accounts(demo)
    add_fiscal_years(demo)
    add_warehouses(demo)
    add_products(demo, *accounts)
    add_boms(demo)
    add_parties(demo)
    add_order_points(demo)
    add_carriers(demo)
    add_stock(demo)
    add_opportunities(demo)
    add_sales(demo)
    add_production(demo)
    add_purchase(demo)
    add_user(demo, login, password)


def party(demo: Demo, name: str, town: str | None = None, postal: str | None = None, country: str = "") -> Any:
    record = model("party.party")(name=name)
    if town or country:
        (address,) = record.addresses
        address.city, address.postal_code, address.country = (town, postal, demo.countries.get(country))
    return saved(record)


def add_company(demo: Demo) -> None:
    for code, name in COUNTRIES.items():
        demo.countries[code] = saved(model("country.country")(name=name, code=code))
    demo.euro = model("currency.currency")(name="Euro", symbol="€", code="EUR", rounding=Decimal("0.01"))
    demo.euro.rates.new(date=dt.date(2000, 1, 1), rate=Decimal(1))
    demo.euro.save()
    form = wizard("company.company.config")
    form.execute("company")
    form.form.party = party(demo, "Ateliers Valmont", "Lyon", "69007", "FR")
    form.form.currency = demo.euro
    form.execute("add")
    demo.company = found("company.company")


def account(kind: str) -> Any:
    of_party = kind in ("receivable", "payable")
    return found(
        "account.account", (f"type.{kind}", "=", True), ("closed", "!=", True), ("party_required", "=", of_party)
    )


def add_accounts(demo: Demo) -> tuple[Any, Any]:
    """The chart of accounts: Tryton makes no invoice, so no confirmed sale, without it. Gives revenue, expense."""
    chart = wizard("account.create_chart")
    chart.execute("account")
    chart.form.account_template = by_xml_id("account.account.template", "account.account_template_root_en")
    chart.form.company = demo.company
    chart.execute("create_account")
    revenue, expense = account("revenue"), account("expense")
    chart.form.account_receivable, chart.form.account_payable = (account("receivable"), account("payable"))
    chart.form.category_account_expense, chart.form.category_account_revenue = (expense, revenue)
    chart.execute("create_properties")
    demo.term = model("account.invoice.payment_term")(name="30 days")
    demo.term.lines.new(type="remainder").relativedeltas.new(days=30)
    demo.term.save()
    return revenue, expense


def sequence(demo: Demo, kind: str, name: str) -> Any:
    kind_of = found("ir.sequence.type", ("name", "=", kind))
    return saved(model("ir.sequence.strict")(name=name, sequence_type=kind_of, company=demo.company))


def add_fiscal_years(demo: Demo) -> None:
    for year in (demo.today.year, demo.today.year + 1):
        books = model("account.fiscalyear")(name=str(year), company=demo.company)
        books.start_date, books.end_date = dt.date(year, 1, 1), dt.date(year, 12, 31)
        books.move_sequence = sequence(demo, "Account Move", f"Moves {year}")
        numbers = sequence(demo, "Invoice", f"Invoices {year}")
        (invoices,) = books.invoice_sequences
        invoices.out_invoice_sequence = invoices.in_invoice_sequence = numbers
        invoices.out_credit_note_sequence = invoices.in_credit_note_sequence = numbers
        books.click("create_period")


def add_warehouses(demo: Demo) -> None:
    lyon = found("stock.location", ("code", "=", "WH"))
    lyon.name = "Lyon plant"
    lyon.address = demo.company.party.addresses[0]
    lyon.save()
    location = model("stock.location")
    lille = location(name="Lille depot", code="WH-LIL", type="warehouse")
    for role, name in (("input_location", "Input"), ("output_location", "Output"), ("storage_location", "Storage")):
        place = location(name=f"Lille {name}", code=f"LIL-{name[:3].upper()}", type="storage")
        setattr(lille, role, saved(place))
    # a warehouse must have both, even one that only stores
    lille.production_location = saved(location(name="Lille bench", code="LIL-PROD", type="production"))
    lille.lost_found_location = lyon.lost_found_location
    home = demo.company.party
    lille.address = saved(
        model("party.address")(party=home, city="Lille", postal_code="59160", country=demo.countries["FR"])
    )
    demo.warehouses = {"WH": lyon, "WH-LIL": saved(lille)}


def add_products(demo: Demo, revenue: Any, expense: Any) -> None:
    demo.unit = found("product.uom", ("name", "=", "Unit"))
    demo.kilogram = found("product.uom", ("name", "=", "Kilogram"))
    category = model("product.category")(name="Goods", accounting=True)
    category.account_revenue, category.account_expense = revenue, expense
    demo.category = saved(category)
    for kind, code, name, weight, price, cost in PRODUCTS:
        demo.products[code] = add_product(demo, kind, code, name, weight, price, cost)


def add_product(demo: Demo, kind: str, code: str, name: str, weight: float, price: str, cost: str) -> Any:
    goods = model("product.template")(name=name, code=code, default_uom=demo.unit, type="goods")
    goods.account_category, goods.list_price = demo.category, Decimal(price)
    goods.weight, goods.weight_uom = weight, demo.kilogram
    goods.salable, goods.producible, goods.purchasable = (kind == "F", kind in "FS", kind == "C")
    if goods.salable:
        goods.sale_uom, goods.lead_time = demo.unit, dt.timedelta(days=1)
    if goods.purchasable:
        goods.purchase_uom = demo.unit
    goods.products[0].cost_price = Decimal(cost)
    goods.save()
    return goods.products[0]


def add_boms(demo: Demo) -> None:
    for code, (inputs, days) in BOMS.items():
        product = demo.products[code]
        bom = model("production.bom")(name=code)
        for component, quantity in inputs.items():
            bom.inputs.new(product=demo.products[component], quantity=quantity)
        bom.outputs.new(product=product, quantity=1)
        bom.save()
        product.boms.append(model("product.product-production.bom")(bom=bom))
        product.save()
        model("production.lead_time")(product=product, bom=bom, lead_time=dt.timedelta(days=days)).save()


def add_parties(demo: Demo) -> None:
    for name, town, postal, country in CUSTOMERS:
        customer = party(demo, name, town, postal, country)
        customer.customer_payment_term, customer.sale_shipment_cost_method = (demo.term, "order")
        demo.customers[name] = saved(customer)
    for name, country, offers in SUPPLIERS:
        supplier = party(demo, name, country=country)
        supplier.supplier_payment_term = demo.term
        demo.suppliers[name] = saved(supplier)
        for code, price, days in offers:
            add_offer(demo, supplier, code, price, days)


def add_offer(demo: Demo, supplier: Any, code: str, price: str, days: int) -> None:
    offer = model("purchase.product_supplier")(template=demo.products[code].template, party=supplier)
    offer.currency, offer.lead_time = demo.euro, dt.timedelta(days=days)
    offer.prices.new(quantity=0, unit_price=Decimal(price))
    offer.save()


def add_order_points(demo: Demo) -> None:
    for kind, code, minimum, target in ORDER_POINTS:
        point = model("stock.order_point")(type=kind, product=demo.products[code], location=demo.warehouses["WH"])
        point.min_quantity, point.target_quantity = float(minimum), float(target)
        point.save()
    # without a period the planner looks no further than the supplier's lead time
    for name in ("production.configuration", "purchase.configuration"):
        configuration = model(name)(1)
        configuration.supply_period = dt.timedelta(days=60)
        configuration.save()


def add_carriers(demo: Demo) -> None:
    for name, service, steps in CARRIERS:
        freight = model("product.template")(name=service, default_uom=demo.unit, type="service", salable=True)
        freight.account_category, freight.list_price, freight.sale_uom = (demo.category, Decimal(0), demo.unit)
        freight.products[0].cost_price = Decimal(0)
        freight.save()
        carrier = model("carrier")(party=party(demo, name), carrier_product=freight.products[0])
        carrier.carrier_cost_method, carrier.weight_currency = "weight", demo.euro
        carrier.weight_uom = demo.kilogram
        for weight, price in steps:
            carrier.weight_price_list.new(weight=float(weight), price=Decimal(price))
        model("carrier.selection")(carrier=saved(carrier)).save()
        demo.carriers.append(carrier)


def add_stock(demo: Demo) -> None:
    for code, quantities in STOCK.items():
        count = model("stock.inventory")(location=demo.warehouses[code].storage_location)
        count.date = demo.today - dt.timedelta(days=1)
        for product, quantity in quantities.items():
            count.lines.new(product=demo.products[product], quantity=float(quantity))
        count.click("confirm")


def add_opportunities(demo: Demo) -> None:
    seller = saved(model("company.employee")(company=demo.company, party=party(demo, "Claire Dumas")))
    for customer, title, amount, probability, state, ago, wishes in OPPORTUNITIES:
        chance = model("sale.opportunity")(description=title, start_date=demo.today - dt.timedelta(days=ago))
        chance.employee = seller
        if customer:
            chance.party, chance.payment_term = demo.customers[customer], demo.term
        if amount:
            chance.amount, chance.conversion_probability = (Decimal(amount), probability / 100)
        for code, quantity in wishes:
            chance.lines.new(product=demo.products[code], quantity=float(quantity))
        chance.save()
        if state != "lead":
            chance.click("opportunity")
        if state == "lost":
            chance.lost_reason = "Price"
            chance.click("lost")


def add_sales(demo: Demo) -> None:
    for customer, reference, days, state, carrier, lines in SALES:
        sale = model("sale.sale")(party=demo.customers[customer], reference=reference)
        sale.payment_term, sale.warehouse = demo.term, demo.warehouses["WH"]
        sale.shipping_date = demo.today + dt.timedelta(days=days)
        sale.carrier, sale.shipment_cost_method = demo.carriers[carrier], "order"
        for code, quantity in lines:
            line = sale.lines.new()  # in the sale before it gets its product: the price comes from there
            line.product, line.quantity = demo.products[code], float(quantity)
        sale.save()
        for step in SALE_STEPS[state]:
            sale.click(step)


def add_production(demo: Demo) -> None:
    # the order of the fields matters as in the form: the bill of materials needs the warehouse
    order = model("production")(warehouse=demo.warehouses["WH"], planned_date=demo.today + dt.timedelta(days=5))
    order.product = demo.products["PMP-100"]
    order.bom, order.quantity = order.product.boms[0].bom, 20.0
    order.save()
    order.click("wait")


def add_purchase(demo: Demo) -> None:
    order = model("purchase.purchase")(party=demo.suppliers["SealTech BV"], payment_term=demo.term)
    order.warehouse = demo.warehouses["WH"]
    line = order.lines.new()
    line.product, line.quantity, line.unit_price = (demo.products["CMP-SEAL"], 60.0, Decimal(14))
    order.save()
    for step in ("quote", "confirm", "process"):
        order.click(step)


def add_user(demo: Demo, login: str, password: str) -> None:
    user = model("res.user")(name="Baton", login=login, password=password)
    user.companies.append(model("company.company")(demo.company.id))
    user.company = demo.company
    for group in GROUPS:
        user.groups.append(by_xml_id("res.group", group))
    user.save()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=["modules", "company"])
    parser.add_argument("--config", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--credentials", type=Path, required=True, help="JSON: login, password, admin_password")
    parser.add_argument("--today", type=dt.date.fromisoformat, default=dt.date.today())
    given = parser.parse_args()
    secrets = json.loads(given.credentials.read_text())
    if given.step == "modules":
        install_modules(given.config, given.database, secrets["admin_password"])
    else:
        load_company(given.config, given.database, given.today, secrets["login"], secrets["password"])


if __name__ == "__main__":
    main()
